/*
 * Asks for each URL of a row once, or holds connections open.
 *
 *     client ask  PORT PREFIX FIRST COUNT CONNECTIONS RATE   PREFIX and a number, from FIRST on, are the paths
 *     client get  PORT KEY    0     COUNT CONNECTIONS RATE   the same of a Redis: GET KEY each time
 *     client over PORT PREFIX URLS  COUNT CONNECTIONS RATE   the first URLS of the row again and again, over
 *                                                            connections that are open and have asked before: says
 *                                                            "open" and begins with the next line on stdin
 *     client ask  … HOST                                     with another Host than 127.0.0.1
 *     client hold PORT PATH   CONNECTIONS                    each asks once; says "held" and stays until stdin ends
 *
 * RATE is in requests a second, and times are taken from when a request was due, so that a server that stalls is
 * charged for all that had to wait; 0 is as fast as the answers come, and times are from sending. The connection that
 * has been idle for longest takes the next request, so all take their turn. What was found is one
 * line of JSON, with times in microseconds: to the first byte, and to the last.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, READ = 256 * 1024, HEAD = 4096, IDLE = -1 };

struct line {
    int fd;
    long number; /* of the request that it waits for, or IDLE */
    int64_t since;
    int64_t first; /* when the first byte came, 0 before */
    int in_body;
    size_t have; /* of the head */
    size_t left; /* of the body */
    char head[HEAD];
};

static int epoll;
static int redis;
static int port;
static const char *prefix, *host = "127.0.0.1";
static long from, count, urls, next, answered, wrong; /* urls: 0 where each is another */
static float *first_byte, *whole;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static struct line *connected(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t) port)};
    struct line *line = calloc(1, sizeof *line);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = line};
    int on = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!line) die("calloc");
    line->number = IDLE;
    line->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (line->fd < 0) die("socket");
    setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(line->fd, (struct sockaddr *) &address, sizeof address) < 0) die("connect");
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, line->fd, &event) < 0) die("epoll_ctl");
    return line;
}

static void ask(struct line *line, int64_t since) {
    char request[1024];
    int length;
    line->number = next++;
    line->first = 0;
    line->in_body = 0;
    line->have = 0;
    if (redis) {
        length = snprintf(request, sizeof request, "*2\r\n$3\r\nGET\r\n$%zu\r\n%s\r\n", strlen(prefix), prefix);
    } else {
        length = snprintf(request, sizeof request, "GET %s%ld HTTP/1.1\r\nHost: %s\r\n\r\n", prefix,
                          from + (urls ? line->number % urls : line->number), host);
    }
    line->since = since ? since : now();
    if (length >= (int) sizeof request || send(line->fd, request, (size_t) length, MSG_NOSIGNAL) != length) die("send");
}

/* The length of the body, or -1 if the answer is not what was asked for. */
static long body_length(struct line *line) {
    char *at;
    if (redis) return line->head[0] == '$' && line->head[1] != '-' ? atol(line->head + 1) + 2 : -1;
    if (strncmp(line->head, "HTTP/1.1 200", 12) != 0) return -1;
    at = strcasestr(line->head, "\r\ncontent-length:");
    return at ? atol(at + 17) : -1;
}

/* Whether the answer is whole. */
static int take(struct line *line, const char *bytes, size_t n) {
    if (!line->first) line->first = now();
    if (!line->in_body) {
        const char *mark = redis ? "\r\n" : "\r\n\r\n";
        size_t before = line->have;
        size_t room = HEAD - 1 - line->have;
        size_t copied = n < room ? n : room;
        char *end;
        long length;
        memcpy(line->head + line->have, bytes, copied);
        line->have += copied;
        line->head[line->have] = 0;
        end = strstr(line->head, mark);
        if (!end) {
            if (line->have == HEAD - 1) {
                fprintf(stderr, "a head is too long\n");
                exit(1);
            }
            return 0;
        }
        end += strlen(mark);
        length = body_length(line);
        if (length < 0) {
            if (!wrong++) fprintf(stderr, "%.200s\n", line->head);
            if (wrong > 100 || redis) exit(1);
            end[0] = 0;
            length = 0;
            line->have = 0; /* what is left of it is not known: the connection is of no use any more */
            close(line->fd);
            line->fd = -1;
            return 1;
        }
        line->in_body = 1;
        line->left = (size_t) length;
        bytes += (size_t) (end - line->head) - before;
        n -= (size_t) (end - line->head) - before;
    }
    line->left -= n < line->left ? n : line->left;
    return line->left == 0;
}

static int ascending(const void *a, const void *b) {
    float x = *(const float *) a, y = *(const float *) b;
    return (x > y) - (x < y);
}

static void tell(const char *name, float *values) {
    qsort(values, (size_t) answered, sizeof *values, ascending);
    printf(", \"%s\": {\"p50\": %.1f, \"p95\": %.1f, \"p99\": %.1f, \"max\": %.1f}", name, values[answered / 2],
           values[answered * 95 / 100], values[answered * 99 / 100], values[answered - 1]);
}

/* Asks once, and waits for the answer. */
static void ask_once(struct line *line) {
    static char bytes[READ];
    ssize_t got;
    next = 0;
    ask(line, 0);
    do {
        got = read(line->fd, bytes, sizeof bytes);
        if (got <= 0) die("read");
    } while (!take(line, bytes, (size_t) got));
    if (wrong) exit(1);
    line->number = IDLE;
    next = 0;
}

static void run(int connections, double rate) {
    static char bytes[READ];
    struct epoll_event events[EVENTS];
    struct line **idle = calloc((size_t) connections, sizeof *idle); /* a ring */
    int idles = 0, first = 0;
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct epoll_event tick = {.events = EPOLLIN, .data.ptr = NULL};
    int64_t began;
    if (!idle || timer < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &tick) < 0) die("timer");
    for (int i = 0; i < connections; i++) {
        idle[idles++] = connected();
        if (urls) ask_once(idle[i]);
    }
    if (urls) {
        printf("open\n");
        fflush(stdout);
        if (read(0, bytes, sizeof bytes) <= 0) exit(1);
    }
    began = now();
    while (answered < count) {
        int n;
        while (idles > 0 && next < count) {
            int64_t due = rate > 0 ? began + (int64_t) (1e9 * (double) next / rate) : 0;
            if (due > now()) {
                struct itimerspec at = {.it_value = {due / 1000000000, due % 1000000000}};
                timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
                break;
            }
            ask(idle[first], due);
            first = (first + 1) % connections;
            idles--;
        }
        n = epoll_wait(epoll, events, EVENTS, 20000);
        if (n == 0) {
            fprintf(stderr, "no answer for 20 s\n");
            exit(1);
        }
        for (int i = 0; i < n; i++) {
            struct line *line = events[i].data.ptr;
            ssize_t got;
            if (!line) {
                uint64_t expired;
                if (read(timer, &expired, sizeof expired) < 0 && errno != EAGAIN) die("timer");
                continue;
            }
            got = read(line->fd, bytes, sizeof bytes);
            if (got <= 0) {
                fprintf(stderr, "a connection was closed\n");
                exit(1);
            }
            if (line->number == IDLE) continue;
            if (take(line, bytes, (size_t) got)) {
                first_byte[answered] = (float) (line->first - line->since) / 1000;
                whole[answered++] = (float) (now() - line->since) / 1000;
                line->number = IDLE;
                if (line->fd < 0) line = connected();
                idle[(first + idles++) % connections] = line;
            }
        }
    }
    printf("{\"answers\": %ld, \"wrong\": %ld, \"seconds\": %.6f", answered, wrong, (double) (now() - began) / 1e9);
    tell("first_byte_us", first_byte);
    tell("whole_us", whole);
    printf("}\n");
}

static void hold(int connections) {
    static char bytes[READ];
    for (int i = 0; i < connections; i++) ask_once(connected());
    printf("held\n");
    fflush(stdout);
    while (read(0, bytes, sizeof bytes) > 0) continue;
}

int main(int argc, char **argv) {
    if (argc == 9 && strcmp(argv[1], "ask") == 0) host = argv[--argc];
    int holds = argc == 5 && strcmp(argv[1], "hold") == 0;
    int over = argc == 8 && strcmp(argv[1], "over") == 0;
    redis = argc == 8 && strcmp(argv[1], "get") == 0;
    if (!holds && !over && !redis && (argc != 8 || strcmp(argv[1], "ask") != 0)) {
        fprintf(stderr, "usage: client ask|over|get PORT PREFIX FIRST|URLS COUNT CONNECTIONS RATE [HOST]"
                        " | client hold PORT PATH N\n");
        return 2;
    }
    port = atoi(argv[2]);
    prefix = argv[3];
    epoll = epoll_create1(0);
    if (epoll < 0) die("epoll_create1");
    if (holds) {
        count = 1;
        hold(atoi(argv[4]));
        return 0;
    }
    from = over ? 0 : atol(argv[4]);
    urls = over ? atol(argv[4]) : 0;
    count = atol(argv[5]);
    first_byte = malloc((size_t) count * sizeof *first_byte);
    whole = malloc((size_t) count * sizeof *whole);
    if (count < 1 || (over && urls < 1) || !first_byte || !whole) die("count");
    run(atoi(argv[6]), atof(argv[7]));
    return 0;
}

/*
 * The origin of bench/workload, bench/soak and bench/choices: a compute platform's API whose every answer takes a
 * service time that costs no CPU, and of which only so many are made at once; the others wait in a line.
 *
 *     GET  /api/v1/projects/P/instances             the list of a project
 *     GET  /api/v1/projects/P/instances/I/status    one instance, I from 1 to 3
 *     POST /api/v1/projects/P/instances             changes the list
 *     PUT  /api/v1/projects/P/instances/I           changes the instance and the list
 *     GET  /unique/N   GET /large/N   GET /huge/N   never change
 *     GET  /sized/N   never changes; of 20 in a row 12 have 1 KiB, 7 have 10 KiB, one has 100 KiB
 *     GET  /count        what was asked so far, and the longest line since it was last told; at once, and not counted
 *
 * A resource has a number, its key: 4P for a list, 4P+I for an instance. A body begins with the key and with how often
 * it was changed, as things were when its service began: a cache that keeps such an answer over a write is found out.
 *
 *     cc -O2 -o origin origin.c && ./origin port=8000 keys=10000 service_us=20000 workers=64
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
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, HEAD = 8 * 1024, ANSWER = 1024 };
enum { STATUS_BYTES = 512, LIST_BYTES = 4096, LARGE_BYTES = 1 << 20, HUGE_BYTES = 12 << 20 };
enum kind { READ, WRITE, UNIQUE, LARGE, HUGE_, SIZED, COUNT, UNKNOWN };

struct line {
    int fd;
    int waits;              /* for room to write */
    int gone;               /* while it was served */
    enum { HEADING, BODY, SERVED, ANSWERING } state;
    int ends;               /* after this answer */
    size_t have;            /* of what was read */
    size_t body_left;
    enum kind kind;
    uint32_t key;
    uint32_t version, list_version;
    uint32_t seen;          /* the version that the condition names, plus 1 */
    uint64_t due;
    struct line *next;      /* in service, or in the line for it */
    size_t length, sent;    /* of the answer */
    size_t padding;
    char in[HEAD + 1];
    char out[ANSWER];
};

struct queue {
    struct line *first, *last;
    long length;
};

static int epoll, timer;
static uint32_t keys = 10000;
static uint64_t service_ns = 20 * 1000 * 1000;
static long workers = 64;
static uint32_t *versions;
static char *padding;
static struct queue served, waiting;
static unsigned long counts[UNKNOWN + 1], unchanged, longest_line, lines, most_lines;
static char date[64];
static time_t dated;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t) now.tv_sec * 1000000000 + (uint64_t) now.tv_nsec;
}

static void watch(int fd, int op, uint32_t events, void *what) {
    struct epoll_event event = {.events = events, .data.ptr = what};
    if (epoll_ctl(epoll, op, fd, &event) < 0) die("epoll_ctl");
}

static void push(struct queue *queue, struct line *line) {
    line->next = NULL;
    if (queue->last) queue->last->next = line;
    else queue->first = line;
    queue->last = line;
    queue->length++;
}

static struct line *pop(struct queue *queue) {
    struct line *line = queue->first;
    queue->first = line->next;
    if (!queue->first) queue->last = NULL;
    queue->length--;
    return line;
}

static void arm(void) {
    struct itimerspec at = {0};
    if (served.first) {
        at.it_value.tv_sec = (time_t) (served.first->due / 1000000000);
        at.it_value.tv_nsec = (long) (served.first->due % 1000000000);
    }
    if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL) < 0) die("timerfd_settime");
}

static const char *today(void) {
    time_t now = time(NULL);
    if (now != dated) {
        struct tm parts;
        dated = now;
        strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &parts));
    }
    return date;
}

/* ---- what is asked ---- */

static uint32_t number(const char **at) {
    char *end;
    unsigned long value = strtoul(*at, &end, 10);
    *at = end;
    return (uint32_t) value;
}

static int skip(const char **at, const char *text) {
    size_t length = strlen(text);
    if (strncmp(*at, text, length) != 0) return 0;
    *at += length;
    return 1;
}

static enum kind target(struct line *line, const char *at, int writes) {
    uint32_t project, instance = 0;
    if (skip(&at, "/count ")) return COUNT;
    if (skip(&at, "/unique/")) return line->key = number(&at), writes ? UNKNOWN : UNIQUE;
    if (skip(&at, "/large/")) return line->key = number(&at), writes ? UNKNOWN : LARGE;
    if (skip(&at, "/huge/")) return line->key = number(&at), writes ? UNKNOWN : HUGE_;
    if (skip(&at, "/sized/")) return line->key = number(&at), writes ? UNKNOWN : SIZED;
    if (!skip(&at, "/api/v1/projects/")) return UNKNOWN;
    project = number(&at);
    if (!skip(&at, "/instances")) return UNKNOWN;
    if (skip(&at, "/")) {
        instance = number(&at);
        if (instance < 1 || instance > 3 || (!writes && !skip(&at, "/status"))) return UNKNOWN;
    }
    line->key = 4 * project + instance;
    if (*at != ' ' || line->key >= keys) return UNKNOWN;
    return writes ? WRITE : READ;
}

static const char *field(const char *head, const char *name) {
    size_t length = strlen(name);
    for (const char *at = strstr(head, "\r\n"); at && at[2] != '\r'; at = strstr(at + 2, "\r\n")) {
        if (strncasecmp(at + 2, name, length) == 0 && at[2 + length] == ':') {
            at += 3 + length;
            while (*at == ' ') at++;
            return at;
        }
    }
    return NULL;
}

/* Reads a head, with a 0 behind its empty line; 0 if it is none that this origin understands. */
static int understand(struct line *line) {
    const char *at = strchr(line->in, ' '), *value;
    if (!at) return 0;
    line->kind = target(line, at + 1, strncmp(line->in, "GET ", 4) != 0);
    value = field(line->in, "content-length");
    line->body_left = value ? strtoul(value, NULL, 10) : 0;
    value = field(line->in, "connection");
    line->ends = value && strncasecmp(value, "close", 5) == 0;
    value = field(line->in, "if-none-match");
    value = value ? strchr(value, '-') : NULL;
    line->seen = value ? 1 + (uint32_t) strtoul(value + 1, NULL, 10) : 0;
    return 1;
}

/* ---- what is answered ---- */

static size_t size_of(const struct line *line) {
    switch (line->kind) {
        case READ: return line->key % 4 ? STATUS_BYTES : LIST_BYTES;
        case UNIQUE: return LIST_BYTES;
        case LARGE: return LARGE_BYTES;
        case HUGE_: return HUGE_BYTES;
        case SIZED: return 1024 * (size_t) (line->key % 20 < 12 ? 1 : line->key % 20 < 19 ? 10 : 100);
        default: return 0;
    }
}

/* As things are when service begins; a write takes effect when it ends. */
static void begin(struct line *line, uint64_t now) {
    line->state = SERVED;
    line->version = line->kind == READ ? versions[line->key] : 0;
    line->due = now + service_ns;
    push(&served, line);
}

static void compose(struct line *line) {
    char body[512];
    int length;
    const char *connection = line->ends ? "Connection: close\r\n" : "";
    counts[line->kind]++;
    line->padding = 0;
    line->sent = 0;
    if (line->kind == WRITE) {
        uint32_t list = line->key - line->key % 4;
        versions[line->key]++;
        if (line->key != list) versions[list]++;
        length = snprintf(body, sizeof body, "{\"key\":%010u,\"version\":%010u,\"list_version\":%010u}\n", line->key,
                          versions[line->key], versions[list]);
    } else if (line->kind == COUNT) {
        counts[COUNT]--;
        length = snprintf(body, sizeof body,
            "{\"reads\":%lu,\"unchanged\":%lu,\"writes\":%lu,\"unique\":%lu,\"large\":%lu,\"huge\":%lu,"
            "\"sized\":%lu,\"unknown\":%lu,"
            "\"longest_line\":%lu,\"connections\":%lu}\n",
            counts[READ], unchanged, counts[WRITE], counts[UNIQUE], counts[LARGE], counts[HUGE_], counts[SIZED],
            counts[UNKNOWN], longest_line, most_lines);
        longest_line = 0;
        most_lines = lines;
    } else if (line->kind == UNKNOWN) {
        length = snprintf(body, sizeof body, "this origin has no such thing\n");
    } else if (line->seen == line->version + 1) {
        unchanged++;
        line->length = (size_t) snprintf(line->out, sizeof line->out,
            "HTTP/1.1 304 Not Modified\r\nDate: %s\r\nETag: \"%u-%u\"\r\n%s\r\n", today(), line->key, line->version,
            connection);
        return;
    } else {
        length = snprintf(body, sizeof body, "{\"key\":%010u,\"version\":%010u,\"padding\":\"", line->key,
                          line->version);
        line->padding = size_of(line) - (size_t) length;
    }
    line->length = (size_t) snprintf(line->out, sizeof line->out,
        "HTTP/1.1 %s\r\nDate: %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
        "ETag: \"%u-%u\"\r\n%s\r\n%s",
        line->kind == UNKNOWN ? "404 Not Found" : "200 OK", today(), (size_t) length + line->padding, line->key,
        line->version, connection, body);
}

static void leave(struct line *line) {
    close(line->fd);
    lines--;
    if (line->state == SERVED) line->gone = 1; /* in a queue still */
    else free(line);
}

/* 0 if the connection is gone. */
static int answer(struct line *line) {
    while (line->sent < line->length + line->padding) {
        struct iovec parts[2];
        struct msghdr message = {.msg_iov = parts};
        size_t head = line->sent < line->length ? line->length - line->sent : 0;
        size_t past = head ? 0 : line->sent - line->length;
        ssize_t n;
        if (head) parts[message.msg_iovlen++] = (struct iovec) {line->out + line->sent, head};
        if (line->padding > past) {
            /* The end of the padding is that of the JSON text. */
            char *from = padding + HUGE_BYTES - line->padding + past;
            parts[message.msg_iovlen++] = (struct iovec) {from, line->padding - past};
        }
        n = sendmsg(line->fd, &message, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno != EAGAIN) return 0;
            if (!line->waits) watch(line->fd, EPOLL_CTL_MOD, EPOLLOUT, line);
            line->waits = 1;
            return 1;
        }
        line->sent += (size_t) n;
    }
    if (line->ends) return 0;
    line->state = HEADING;
    if (line->waits) watch(line->fd, EPOLL_CTL_MOD, EPOLLIN, line);
    line->waits = 0;
    return 1;
}

static int serve(struct line *line) {
    if (line->kind == COUNT) {
        compose(line);
        line->state = ANSWERING;
        return answer(line);
    }
    if (workers && served.length >= workers) {
        line->state = SERVED;
        push(&waiting, line);
        if ((unsigned long) waiting.length > longest_line) longest_line = (unsigned long) waiting.length;
        return 1;
    }
    begin(line, now_ns());
    if (served.first == line) arm();
    return 1;
}

/* Sends what is due, and lets those who wait begin. */
static void due(void) {
    uint64_t now = now_ns();
    while (served.first && served.first->due <= now) {
        struct line *line = pop(&served);
        if (line->gone) {
            free(line);
        } else {
            compose(line);
            line->state = ANSWERING;
            if (!answer(line)) leave(line);
        }
        while (waiting.first && served.length < workers) {
            line = pop(&waiting);
            if (line->gone) free(line);
            else begin(line, now);
        }
    }
    arm();
}

/* 0 if the connection is gone. */
static int hear(struct line *line) {
    ssize_t n = read(line->fd, line->in + line->have, HEAD - line->have);
    if (n == 0) return 0;
    if (n < 0) return errno == EAGAIN;
    if (line->state == SERVED) return 0; /* no client of ours pipelines */
    line->have += (size_t) n;
    line->in[line->have] = 0;
    if (line->state == HEADING) {
        char *end = strstr(line->in, "\r\n\r\n");
        size_t head;
        if (!end) return line->have < HEAD;
        head = (size_t) (end + 4 - line->in);
        line->in[head] = 0; /* of a body only the length counts */
        if (!understand(line)) return 0;
        line->have -= head;
        line->state = BODY;
    }
    if (line->have > line->body_left) return 0;
    line->body_left -= line->have;
    line->have = 0;
    return line->body_left ? 1 : serve(line);
}

static void take(int listener) {
    int fd, on = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        struct line *line = calloc(1, sizeof *line);
        if (!line) die("calloc");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        line->fd = fd;
        if (++lines > most_lines) most_lines = lines;
        watch(fd, EPOLL_CTL_ADD, EPOLLIN, line);
    }
}

static int listen_on(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t) port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0) die("socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *) &address, sizeof address) < 0) die("bind");
    if (listen(fd, 4096) < 0) die("listen");
    return fd;
}

int main(int argc, char **argv) {
    struct epoll_event events[EVENTS];
    int listener, port = 0;
    for (int i = 1; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        long given = value ? strtol(value + 1, NULL, 10) : -1;
        if (given >= 0 && strncmp(argv[i], "port=", 5) == 0) port = (int) given;
        else if (given > 0 && strncmp(argv[i], "keys=", 5) == 0) keys = (uint32_t) given;
        else if (given >= 0 && strncmp(argv[i], "service_us=", 11) == 0) service_ns = (uint64_t) given * 1000;
        else if (given >= 0 && strncmp(argv[i], "workers=", 8) == 0) workers = given;
        else port = 0, i = argc;
    }
    if (!port) {
        fprintf(stderr, "usage: origin port=N [keys=N] [service_us=N] [workers=N, 0 is no limit]\n");
        return 2;
    }
    versions = calloc(keys + 4, sizeof *versions);
    padding = malloc(HUGE_BYTES);
    if (!versions || !padding) die("malloc");
    for (size_t i = 0; i < HUGE_BYTES; i++) padding[i] = (char) ('a' + i * 7 % 26);
    memcpy(padding + HUGE_BYTES - 3, "\"}\n", 3);
    epoll = epoll_create1(0);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    if (epoll < 0 || timer < 0) die("epoll_create1");
    listener = listen_on(port);
    watch(listener, EPOLL_CTL_ADD, EPOLLIN, &listener);
    watch(timer, EPOLL_CTL_ADD, EPOLLIN, &timer);
    for (;;) {
        int n = epoll_wait(epoll, events, EVENTS, -1), rings = 0;
        if (n < 0 && errno != EINTR) die("epoll_wait");
        for (int i = 0; i < n; i++) {
            struct line *line = events[i].data.ptr;
            if (events[i].data.ptr == &listener) take(listener);
            else if (events[i].data.ptr == &timer) rings = 1;
            else if (!(line->waits ? answer(line) : hear(line))) leave(line);
        }
        if (rings) {
            uint64_t times;
            if (read(timer, &times, sizeof times) < 0 && errno != EAGAIN) die("timerfd");
            due();
        }
    }
}

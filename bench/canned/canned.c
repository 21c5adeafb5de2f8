/*
 * Answers every request on a port with the bytes of a file: the least that any server on this machine has to do for
 * an answer of that size. It reads nothing of a request but where it ends.
 *
 *     cc -O2 -o canned canned.c && ./canned PORT FILE [PORT FILE ...]
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, READ = 16 * 1024 };

struct answer {
    char *bytes;
    size_t length;
};

/* A listener has fd and answer only. */
struct line {
    int fd;
    int listens;
    int waits;     /* for room to write */
    int matched;   /* how much of the end of a head has come */
    long owed;     /* answers, the one that is being written included */
    size_t sent;   /* of that one */
    struct answer *answer;
};

static int epoll;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void watch(struct line *line, int op, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = line};
    if (epoll_ctl(epoll, op, line->fd, &event) < 0) die("epoll_ctl");
}

static struct answer *load(const char *path) {
    struct answer *answer = malloc(sizeof *answer);
    FILE *file = fopen(path, "rb");
    if (!answer || !file || fseek(file, 0, SEEK_END) < 0) die(path);
    answer->length = (size_t) ftell(file);
    rewind(file);
    answer->bytes = malloc(answer->length);
    if (!answer->bytes || fread(answer->bytes, 1, answer->length, file) != answer->length) die(path);
    fclose(file);
    return answer;
}

static void listen_on(int port, struct answer *answer) {
    struct line *line = calloc(1, sizeof *line);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t) port)};
    int on = 1;
    if (!line) die("calloc");
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    line->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    line->listens = 1;
    line->answer = answer;
    if (line->fd < 0) die("socket");
    setsockopt(line->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(line->fd, (struct sockaddr *) &address, sizeof address) < 0) die("bind");
    if (listen(line->fd, 1024) < 0) die("listen");
    watch(line, EPOLL_CTL_ADD, EPOLLIN);
}

static void take(struct line *listener) {
    int fd;
    int on = 1;
    while ((fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        struct line *line = calloc(1, sizeof *line);
        if (!line) die("calloc");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        line->fd = fd;
        line->answer = listener->answer;
        watch(line, EPOLL_CTL_ADD, EPOLLIN);
    }
}

/* Counts the heads that end in the bytes. */
static void count(struct line *line, const char *bytes, ssize_t length) {
    static const char end[] = "\r\n\r\n";
    for (ssize_t i = 0; i < length; i++) {
        if (bytes[i] == end[line->matched]) {
            if (++line->matched == 4) {
                line->matched = 0;
                line->owed++;
            }
        } else {
            line->matched = bytes[i] == '\r';
        }
    }
}

/* 0 if the connection is gone. */
static int answer(struct line *line) {
    while (line->owed > 0) {
        ssize_t n = send(line->fd, line->answer->bytes + line->sent, line->answer->length - line->sent, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno != EAGAIN) return 0;
            if (!line->waits) watch(line, EPOLL_CTL_MOD, EPOLLOUT);
            line->waits = 1;
            return 1;
        }
        line->sent += (size_t) n;
        if (line->sent == line->answer->length) {
            line->sent = 0;
            line->owed--;
        }
    }
    if (line->waits) watch(line, EPOLL_CTL_MOD, EPOLLIN);
    line->waits = 0;
    return 1;
}

static int serve(struct line *line) {
    static char bytes[READ];
    if (!line->waits) {
        ssize_t n = read(line->fd, bytes, sizeof bytes);
        if (n == 0) return 0;
        if (n < 0) return errno == EAGAIN;
        count(line, bytes, n);
    }
    return answer(line);
}

int main(int argc, char **argv) {
    struct epoll_event events[EVENTS];
    if (argc < 3 || argc % 2 == 0) {
        fprintf(stderr, "usage: canned PORT FILE [PORT FILE ...]\n");
        return 2;
    }
    epoll = epoll_create1(0);
    if (epoll < 0) die("epoll_create1");
    for (int i = 1; i < argc; i += 2) listen_on(atoi(argv[i]), load(argv[i + 1]));
    for (;;) {
        int n = epoll_wait(epoll, events, EVENTS, -1);
        if (n < 0 && errno != EINTR) die("epoll_wait");
        for (int i = 0; i < n; i++) {
            struct line *line = events[i].data.ptr;
            if (line->listens) {
                take(line);
            } else if (!serve(line)) {
                close(line->fd);
                free(line);
            }
        }
    }
}

/*
 * An origin for any number of URLs: answers /KIND/SIZE/anything with a body of that size, and nothing of it is kept
 * anywhere. KIND c may be stored for an hour, any other may not be stored. /asked tells how many requests there were.
 *
 *     cc -O2 -o origin origin.c && ./origin PORT [ENTRIES]
 *
 * With ENTRIES it is the least of a cache: it keeps the answers to so many paths, each with its key, head and body in
 * memory of its own, finds them by a hash table, and sends them from there. What a hit costs any server whose answers
 * do not fit into the CPU's caches. Paths beyond these are not kept.
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
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, HEAD = 320 };

static const size_t LARGEST = 8u << 20;

struct line {
    int fd;
    int listens;
    int waits; /* for room to write */
    size_t have; /* bytes of requests that were read */
    size_t head_length;
    size_t body_length;
    size_t sent; /* of the answer that is being written */
    const char *head, *body;
    char made[HEAD]; /* a head that is kept nowhere */
    char in[4096];
};

struct entry {
    uint64_t hash;
    size_t path_length, head_length, body_length;
    char bytes[]; /* path, head, body */
};

static int epoll;
static char *body;
static struct entry **table;
static size_t slots, room; /* slots is a power of two; room is for so many entries more */
static long asked;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void watch(struct line *line, int op, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = line};
    if (epoll_ctl(epoll, op, line->fd, &event) < 0) die("epoll_ctl");
}

static void listen_on(int port) {
    struct line *line = calloc(1, sizeof *line);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t) port)};
    int on = 1;
    if (!line) die("calloc");
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    line->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    line->listens = 1;
    if (line->fd < 0) die("socket");
    setsockopt(line->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(line->fd, (struct sockaddr *) &address, sizeof address) < 0) die("bind");
    if (listen(line->fd, 4096) < 0) die("listen");
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
        watch(line, EPOLL_CTL_ADD, EPOLLIN);
    }
}

static const char *date(void) {
    static char text[40];
    static time_t of;
    time_t now = time(NULL);
    if (now != of) strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", gmtime(&now));
    of = now;
    return text;
}

static uint64_t hash_of(const char *path, size_t length) {
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char) path[i]) * 1099511628211u;
    return hash ^ hash >> 29;
}

/* The slot of a path: it holds its entry, or nothing. */
static struct entry **slot(const char *path, size_t length, uint64_t hash) {
    size_t at = hash & (slots - 1);
    while (table[at]) {
        struct entry *entry = table[at];
        if (entry->hash == hash && entry->path_length == length && memcmp(entry->bytes, path, length) == 0) break;
        at = (at + 1) & (slots - 1);
    }
    return &table[at];
}

static struct entry *kept(const char *path, size_t length, uint64_t hash, const struct line *answer) {
    struct entry *entry = malloc(sizeof *entry + length + answer->head_length + answer->body_length);
    if (!entry) die("malloc");
    *entry = (struct entry) {hash, length, answer->head_length, answer->body_length};
    memcpy(entry->bytes, path, length);
    memcpy(entry->bytes + length, answer->head, answer->head_length);
    memcpy(entry->bytes + length + answer->head_length, answer->body, answer->body_length);
    room--;
    return entry;
}

static void answer_from(struct line *line, const struct entry *entry) {
    line->head = entry->bytes + entry->path_length;
    line->head_length = entry->head_length;
    line->body = line->head + entry->head_length;
    line->body_length = entry->body_length;
}

static void make(struct line *line, const char *path) {
    const char *slash = strchr(path + 1, '/');
    line->body_length = slash ? strtoul(slash + 1, NULL, 10) : 0;
    if (line->body_length > LARGEST) line->body_length = LARGEST;
    line->body = body;
}

static void make_head(struct line *line, int may_be_stored) {
    line->head_length = (size_t) snprintf(line->made, HEAD,
        "HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Type: application/octet-stream\r\n"
        "Content-Length: %zu\r\nCache-Control: %s\r\nETag: \"0123456789abcdef\"\r\n\r\n",
        date(), line->body_length, may_be_stored ? "max-age=3600" : "no-store");
    line->head = line->made;
}

/* Makes the answer to the request that the bytes begin with. */
static void prepare(struct line *line, const char *request) {
    static char count[32];
    const char *path = strchr(request, ' ');
    path = path ? path + 1 : "/";
    if (strncmp(path, "/asked ", 7) == 0) {
        line->body_length = (size_t) snprintf(count, sizeof count, "%ld", asked);
        line->body = count;
    } else {
        size_t length = strcspn(path, " ");
        uint64_t hash = table ? hash_of(path, length) : 0;
        struct entry **place = table ? slot(path, length, hash) : NULL;
        asked++;
        if (place && *place) {
            answer_from(line, *place);
            return;
        }
        make(line, path);
        make_head(line, path[1] == 'c');
        if (place && room && path[1] == 'c') *place = kept(path, length, hash, line);
        return;
    }
    make_head(line, 0);
}

/* 1 if all of it is sent, 0 if there is no room, -1 if the connection is gone. */
static int answer(struct line *line) {
    size_t whole = line->head_length + line->body_length;
    while (line->sent < whole) {
        struct iovec parts[2];
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        size_t of_head = line->sent < line->head_length ? line->sent : line->head_length;
        size_t of_body = line->sent - of_head;
        ssize_t n;
        parts[0] = (struct iovec) {(char *) line->head + of_head, line->head_length - of_head};
        parts[1] = (struct iovec) {(char *) line->body + of_body, line->body_length - of_body};
        n = sendmsg(line->fd, &message, MSG_NOSIGNAL);
        if (n < 0) return errno == EAGAIN ? 0 : -1;
        line->sent += (size_t) n;
    }
    return 1;
}

/* 0 if the connection is gone. */
static int serve(struct line *line) {
    if (!line->waits) {
        ssize_t n = read(line->fd, line->in + line->have, sizeof line->in - 1 - line->have);
        if (n == 0) return 0;
        if (n < 0) return errno == EAGAIN;
        line->have += (size_t) n;
    }
    for (;;) {
        char *end;
        int done;
        if (!line->waits) {
            line->in[line->have] = 0;
            end = memmem(line->in, line->have, "\r\n\r\n", 4);
            if (!end) return line->have < sizeof line->in - 1;
            prepare(line, line->in);
            line->sent = 0;
            line->have -= (size_t) (end + 4 - line->in);
            memmove(line->in, end + 4, line->have);
        }
        done = answer(line);
        if (done < 0) return 0;
        if (done == 0) {
            if (!line->waits) watch(line, EPOLL_CTL_MOD, EPOLLOUT);
            line->waits = 1;
            return 1;
        }
        if (line->waits) watch(line, EPOLL_CTL_MOD, EPOLLIN);
        line->waits = 0;
    }
}

int main(int argc, char **argv) {
    struct epoll_event events[EVENTS];
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: origin PORT [ENTRIES]\n");
        return 2;
    }
    room = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    for (slots = 1; slots < 2 * room; slots *= 2) continue;
    table = room ? calloc(slots, sizeof *table) : NULL;
    body = malloc(LARGEST);
    if (!body || (room && !table)) die("malloc");
    for (size_t i = 0; i < LARGEST; i++) body[i] = (char) ('a' + i % 23);
    epoll = epoll_create1(0);
    if (epoll < 0) die("epoll_create1");
    listen_on(atoi(argv[1]));
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

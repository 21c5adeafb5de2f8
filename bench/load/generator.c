/*
 * Sends requests at a constant rate, whatever becomes of the answers, and measures each from the moment at which it
 * was meant to be sent: a server that stalls can't hide it by keeping the next requests away. A request takes the
 * connection that has been idle for longest; where none is, it waits for one, and that counts.
 *
 * It reads what bench/load/origin.c sends. Which resource is asked for follows a Zipf distribution. It is an error if
 * an answer is of another resource; an answer is outdated if it tells a state from before a write whose answer was
 * here when the request was sent.
 *
 * Prints a line of JSON for each interval and one with "whole" at the end, or when told to by SIGTERM.
 *
 *     cc -O2 -o generator generator.c -lm && ./generator port=8000 rate=1000 seconds=10
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, HEAD = 4096, REQUEST = 512, FIRST = 96, CHUNK = 256 * 1024 };
enum { OCTAVE = 64, BUCKETS = 32 * OCTAVE };
enum op { READ, WRITE, UNIQUE, LARGE, SIZED };
enum class { HITS, MISSES, WRITES, LARGES, ALL, CLASSES };
enum result { HIT, MISS, STALE, REVALIDATED, BYPASS, DIRECT, RESULTS };
enum error { REFUSED, CLOSED, LATE, STATUS, UNREADABLE, WRONG, UNSENT, ERRORS };
enum { KEEP, SAY_CLOSE, CLOSE_AFTER, ABANDON };

static const char *class_names[] = {"hits", "misses", "writes", "large", "all"};
static const char *result_names[] = {"HIT", "MISS", "STALE", "REVALIDATED", "BYPASS", "none"};
static const char *error_names[] = {"refused", "closed", "timeout", "status", "unreadable", "wrong", "unsent"};

static struct {
    double port, rate, seconds, warmup, connections, keys, zipf, writes, unique, large, larges, sized, churn, seed;
    double interval, timeout;
} set = {0, 1000, 10, 0, 100, 10000, 0.99, 0, 0, 0, 64, 0, 0, 1, 1, 10};

static const struct {
    const char *name;
    double *value;
} settings[] = {
    {"port", &set.port}, {"rate", &set.rate}, {"seconds", &set.seconds}, {"warmup", &set.warmup},
    {"connections", &set.connections}, {"keys", &set.keys}, {"zipf", &set.zipf}, {"writes", &set.writes},
    {"unique", &set.unique}, {"large", &set.large}, {"larges", &set.larges}, {"sized", &set.sized},
    {"churn", &set.churn}, {"seed", &set.seed}, {"interval", &set.interval}, {"timeout", &set.timeout},
};

struct line {
    int fd;
    enum { CONNECTING, IDLE, BUSY } state;
    struct line *next;      /* of the idle ones */
    int fresh;              /* no answer yet on this connection */
    uint64_t meant, sent;   /* of the request that it is busy with */
    int counts;             /* in the whole: it is no warm-up */
    enum op op;
    uint32_t key, floor;
    int end;                /* KEEP … ABANDON */
    size_t have;            /* of the head */
    int headed, closes, status;
    enum result result;
    size_t body, seen;
    char head[HEAD + 1];
    char first[FIRST + 1];  /* bytes of the body */
};

/* Of an interval, or of the whole. */
struct tally {
    unsigned long sent, answered, results[RESULTS], errors[ERRORS], writes, abandoned, opened, outdated;
    unsigned long bytes;
    uint64_t lag;           /* the largest by which this program itself was late, though a connection was idle */
    uint32_t times[CLASSES][BUCKETS];
};

static int epoll, timer;
static struct sockaddr_in server;
static struct line *lines;
static struct line *idle, *last_idle;
static uint32_t busy;
static uint32_t *known;     /* versions, by key, that an answered write told of */
static double *share;       /* cumulated, by rank */
static uint32_t *ranked;    /* keys, by rank */
static uint32_t uniques;
static uint64_t began, scheduled, next;
static struct tally whole, interval;
static volatile sig_atomic_t told_to_end;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t) now.tv_sec * 1000000000 + (uint64_t) now.tv_nsec;
}

/* ---- dice: xoshiro256** ---- */

static uint64_t dice[4];

static uint64_t rotated(uint64_t x, int by) {
    return x << by | x >> (64 - by);
}

static double thrown(void) {
    uint64_t result = rotated(dice[1] * 5, 7) * 9, t = dice[1] << 17;
    dice[2] ^= dice[0];
    dice[3] ^= dice[1];
    dice[1] ^= dice[2];
    dice[0] ^= dice[3];
    dice[2] ^= t;
    dice[3] = rotated(dice[3], 45);
    return (double) (result >> 11) * 0x1.0p-53;
}

static void seed(uint64_t with) {
    for (int i = 0; i < 4; i++) { /* splitmix64 */
        uint64_t z = with += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        dice[i] = z ^ z >> 31;
    }
}

static void rank(void) {
    uint32_t count = (uint32_t) set.keys;
    double sum = 0;
    share = malloc(count * sizeof *share);
    ranked = malloc(count * sizeof *ranked);
    known = calloc(count + 4, sizeof *known);
    if (!share || !ranked || !known) die("malloc");
    for (uint32_t i = 0; i < count; i++) {
        share[i] = sum += pow(i + 1, -set.zipf);
        ranked[i] = i;
    }
    for (uint32_t i = count - 1; i > 0; i--) {
        uint32_t j = (uint32_t) (thrown() * (i + 1)), key = ranked[i];
        ranked[i] = ranked[j];
        ranked[j] = key;
    }
}

static uint32_t some_key(void) {
    uint32_t from = 0, to = (uint32_t) set.keys - 1;
    double at = thrown() * share[to];
    while (from < to) {
        uint32_t middle = (from + to) / 2;
        if (share[middle] < at) from = middle + 1;
        else to = middle;
    }
    return ranked[from];
}

/* ---- times: 64 buckets between a power of two and the next, so within 1.6 % ---- */

static uint32_t bucket(uint64_t us) {
    int octave;
    if (us < OCTAVE) return (uint32_t) us;
    octave = 63 - __builtin_clzll(us) - 6;
    if (octave >= BUCKETS / OCTAVE - 1) return BUCKETS - 1;
    return (uint32_t) (OCTAVE * (octave + 1) + (us >> octave) - OCTAVE);
}

static double middle(uint32_t bucket) {
    uint32_t octave = bucket / OCTAVE;
    if (!octave) return bucket;
    return ((double) (OCTAVE + bucket % OCTAVE) + 0.5) * (double) (1ull << (octave - 1));
}

static unsigned long total(const uint32_t *times) {
    unsigned long sum = 0;
    for (int i = 0; i < BUCKETS; i++) sum += times[i];
    return sum;
}

static double quantile(const uint32_t *times, double of) {
    double wanted = of * (double) total(times);
    unsigned long sum = 0;
    int last = 0;
    for (int i = 0; i < BUCKETS; i++) {
        if (!times[i]) continue;
        last = i;
        sum += times[i];
        if ((double) sum >= wanted && sum > 0) break;
    }
    return middle((uint32_t) last) / 1000;
}

static void note(const struct line *line, enum class class, uint64_t now) {
    uint32_t at = bucket(now > line->meant ? (now - line->meant) / 1000 : 0);
    interval.times[class][at]++;
    interval.times[ALL][at]++;
    if (line->counts) {
        whole.times[class][at]++;
        whole.times[ALL][at]++;
    }
}

#define COUNT(line, what)               \
    do {                                \
        interval.what++;                \
        if ((line)->counts) whole.what++; \
    } while (0)

static void tell(struct tally *tally, uint64_t now, int is_whole) {
    static const double curve[] = {0, .1, .2, .3, .4, .5, .6, .7, .75, .8, .85, .9, .925, .95, .96, .97, .98, .985, .99,
        .993, .995, .997, .998, .999, .9995, .9998, .9999, .99995, .99999, 1};
    printf("{\"%s\":%.3f,\"sent\":%lu,\"answered\":%lu,\"writes\":%lu,\"abandoned\":%lu,\"opened\":%lu,"
           "\"outdated\":%lu,\"bytes\":%lu,\"lag_ms\":%.3f,\"results\":{", is_whole ? "whole" : "at",
           ((double) now - (double) began) / 1e9, tally->sent, tally->answered, tally->writes, tally->abandoned,
           tally->opened, tally->outdated, tally->bytes, (double) tally->lag / 1e6);
    for (int i = 0; i < RESULTS; i++) printf("%s\"%s\":%lu", i ? "," : "", result_names[i], tally->results[i]);
    printf("},\"errors\":{");
    for (int i = 0; i < ERRORS; i++) printf("%s\"%s\":%lu", i ? "," : "", error_names[i], tally->errors[i]);
    printf("},\"ms\":{");
    for (int i = 0; i < CLASSES; i++) {
        const uint32_t *times = tally->times[i];
        printf("%s\"%s\":{\"count\":%lu,\"p50\":%.3f,\"p95\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"max\":%.3f}",
               i ? "," : "", class_names[i], total(times), quantile(times, .5), quantile(times, .95),
               quantile(times, .99), quantile(times, .999), quantile(times, 1));
    }
    printf("}");
    if (is_whole) {
        printf(",\"curve\":[");
        for (size_t i = 0; i < sizeof curve / sizeof *curve; i++) {
            printf("%s[%g,%.3f]", i ? "," : "", 100 * curve[i], quantile(tally->times[ALL], curve[i]));
        }
        printf("]");
    }
    printf("}\n");
    fflush(stdout);
}

/* ---- connections ---- */

static void watch(struct line *line, int op, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = line};
    if (epoll_ctl(epoll, op, line->fd, &event) < 0) die("epoll_ctl");
}

static void open_line(struct line *line) {
    int on = 1;
    line->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (line->fd < 0) die("socket");
    setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    line->state = CONNECTING;
    line->fresh = 1;
    interval.opened++;
    if (next) whole.opened++;
    /* What goes wrong at once is told by the events, too. */
    if (connect(line->fd, (struct sockaddr *) &server, sizeof server) < 0 && errno != EINPROGRESS) errno = 0;
    watch(line, EPOLL_CTL_ADD, EPOLLOUT);
}

static void to_idle(struct line *line) {
    line->state = IDLE;
    line->next = NULL;
    if (last_idle) last_idle->next = line;
    else idle = line;
    last_idle = line;
}

static void out_of_idle(struct line *line) {
    struct line **at = &idle, *before = NULL;
    while (*at && *at != line) {
        before = *at;
        at = &(*at)->next;
    }
    if (!*at) return;
    *at = line->next;
    if (last_idle == line) last_idle = before;
}

static void reopen(struct line *line) {
    if (line->state == BUSY) busy--;
    if (line->state == IDLE) out_of_idle(line);
    close(line->fd);
    open_line(line);
}

static void fail(struct line *line, enum error error) {
    COUNT(line, errors[error]);
    reopen(line);
}

/* ---- requests and answers ---- */

static int ask(struct line *line, char *text) {
    uint32_t project = line->key / 4, instance = line->key % 4;
    static const char change[] = "{\"state\":\"running\",\"size\":\"c2.large\"}";
    const char *end = line->end == SAY_CLOSE ? "Connection: close\r\n" : "";
    static const char fields[] = "Host: compute.example\r\nUser-Agent: bench\r\nAccept: application/json\r\n";
    switch (line->op) {
        case UNIQUE: return snprintf(text, REQUEST, "GET /unique/%u HTTP/1.1\r\n%s%s\r\n", line->key, fields, end);
        case LARGE: return snprintf(text, REQUEST, "GET /large/%u HTTP/1.1\r\n%s%s\r\n", line->key, fields, end);
        case SIZED: return snprintf(text, REQUEST, "GET /sized/%u HTTP/1.1\r\n%s%s\r\n", line->key, fields, end);
        case WRITE: {
            char path[128];
            if (instance) snprintf(path, sizeof path, "PUT /api/v1/projects/%u/instances/%u", project, instance);
            else snprintf(path, sizeof path, "POST /api/v1/projects/%u/instances", project);
            return snprintf(text, REQUEST, "%s HTTP/1.1\r\n%s%sContent-Type: application/json\r\n"
                            "Content-Length: %zu\r\n\r\n%s", path, fields, end, sizeof change - 1, change);
        }
        default:
            if (!instance) {
                return snprintf(text, REQUEST, "GET /api/v1/projects/%u/instances HTTP/1.1\r\n%s%s\r\n", project,
                                fields, end);
            }
            return snprintf(text, REQUEST, "GET /api/v1/projects/%u/instances/%u/status HTTP/1.1\r\n%s%s\r\n", project,
                            instance, fields, end);
    }
}

static void choose(struct line *line) {
    double at = thrown();
    line->floor = 0;
    line->end = thrown() < set.churn ? SAY_CLOSE + (int) (3 * thrown()) : KEEP;
    if (at < set.writes) {
        line->op = WRITE;
        line->key = some_key();
        if (line->end == ABANDON) line->end = KEEP;
    } else if ((at -= set.writes) < set.unique) {
        line->op = UNIQUE;
        line->key = uniques++;
    } else if ((at -= set.unique) < set.large) {
        line->op = LARGE;
        line->key = (uint32_t) (thrown() * set.larges);
    } else if (at - set.large < set.sized) {
        line->op = SIZED;
        line->key = some_key();
    } else {
        line->op = READ;
        line->key = some_key();
        line->floor = known[line->key];
    }
}

static void begin(struct line *line, uint64_t meant, uint64_t now) {
    char text[REQUEST];
    int length;
    line->meant = meant;
    line->sent = now;
    line->counts = (double) (meant - began) >= set.warmup * 1e9;
    line->have = line->seen = line->body = 0;
    line->headed = line->closes = 0;
    choose(line);
    length = ask(line, text);
    COUNT(line, sent);
    busy++;
    line->state = BUSY;
    if (send(line->fd, text, (size_t) length, MSG_NOSIGNAL) != length) {
        fail(line, CLOSED);
    } else if (line->end == ABANDON) {
        COUNT(line, abandoned);
        reopen(line);
    }
}

/* During the warm-up the rate rises evenly from 0, so that a cold server owes nothing when it is over. */
static uint64_t meant_at(uint64_t number) {
    double warm = set.rate * set.warmup / 2;
    double at = (double) number < warm ? sqrt(2 * (double) number * set.warmup / set.rate)
                                       : set.warmup + ((double) number - warm) / set.rate;
    return began + (uint64_t) (at * 1e9);
}

/* Sends what is due while connections are idle, and sets the timer for the next. */
static void dispatch(int was_idle) {
    struct itimerspec at = {0};
    uint64_t now = now_ns();
    while (next < scheduled && idle && meant_at(next) <= now && !told_to_end) {
        struct line *line = idle;
        uint64_t meant = meant_at(next++);
        idle = line->next;
        if (!idle) last_idle = NULL;
        if (was_idle && now - meant > interval.lag) interval.lag = now - meant;
        begin(line, meant, now);
        now = now_ns();
    }
    if (next < scheduled && idle && !told_to_end) {
        uint64_t due = meant_at(next);
        at.it_value.tv_sec = (time_t) (due / 1000000000);
        at.it_value.tv_nsec = (long) (due % 1000000000);
        if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL) < 0) die("timerfd_settime");
    }
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

/* 0 if it can't be read. */
static int understand(struct line *line) {
    const char *value;
    if (strncmp(line->head, "HTTP/1.1 ", 9) != 0) return 0;
    line->status = atoi(line->head + 9);
    value = field(line->head, "content-length");
    if (!value) return 0;
    line->body = strtoul(value, NULL, 10);
    value = field(line->head, "connection");
    line->closes = value && strncasecmp(value, "close", 5) == 0;
    value = field(line->head, "x-cache");
    line->result = DIRECT;
    for (int i = 0; value && i < DIRECT; i++) {
        size_t length = strlen(result_names[i]);
        if (strncmp(value, result_names[i], length) == 0 && value[length] == '\r') line->result = i;
    }
    return 1;
}

/* The number behind a name in the JSON text at a body's beginning; -1 if it is not there. */
static long told(const struct line *line, const char *name) {
    const char *at = strstr(line->first, name);
    return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

static void learn(uint32_t key, long version) {
    if (version > (long) known[key]) known[key] = (uint32_t) version;
}

static void finish(struct line *line, uint64_t now) {
    long key, version;
    line->first[line->seen < FIRST ? line->seen : FIRST] = 0;
    key = told(line, "\"key\":");
    version = told(line, "\"version\":");
    if (line->status / 100 != 2) {
        static int said;
        if (said++ < 5) fprintf(stderr, "%.*s\n", (int) line->have, line->head);
        fail(line, STATUS);
        return;
    }
    if (key != (long) line->key || version < 0) {
        fail(line, WRONG);
        return;
    }
    COUNT(line, answered);
    interval.bytes += line->body;
    if (line->counts) whole.bytes += line->body;
    if (line->op == WRITE) {
        COUNT(line, writes);
        learn(line->key, version);
        learn(line->key - line->key % 4, told(line, "\"list_version\":"));
        note(line, WRITES, now);
    } else {
        COUNT(line, results[line->result]);
        if (version < (long) line->floor) COUNT(line, outdated);
        note(line, line->op == LARGE ? LARGES : line->result <= STALE && line->result != MISS ? HITS : MISSES, now);
    }
    line->fresh = 0;
    if (line->closes || line->end != KEEP) {
        reopen(line);
    } else {
        busy--;
        to_idle(line);
    }
}

static void take_body(struct line *line, const char *bytes, size_t length) {
    if (line->seen < FIRST) {
        size_t room = FIRST - line->seen;
        memcpy(line->first + line->seen, bytes, length < room ? length : room);
    }
    line->seen += length;
}

static void hear(struct line *line, uint64_t now) {
    static char bytes[CHUNK];
    ssize_t n;
    if (line->headed) {
        n = read(line->fd, bytes, sizeof bytes);
        if (n > 0) take_body(line, bytes, (size_t) n);
    } else {
        n = read(line->fd, line->head + line->have, HEAD - line->have);
        if (n > 0) {
            char *end;
            line->have += (size_t) n;
            line->head[line->have] = 0;
            end = strstr(line->head, "\r\n\r\n");
            if (end) {
                size_t length = (size_t) (end + 4 - line->head);
                if (!understand(line)) {
                    fail(line, UNREADABLE);
                    return;
                }
                line->headed = 1;
                take_body(line, line->head + length, line->have - length);
                line->have = length;
            } else if (line->have == HEAD) {
                fail(line, UNREADABLE);
                return;
            }
        }
    }
    if (n == 0 || (n < 0 && errno != EAGAIN)) fail(line, CLOSED);
    else if (line->headed && line->seen > line->body) fail(line, UNREADABLE);
    else if (line->headed && line->seen == line->body) finish(line, now);
}

static void heard(struct line *line, uint32_t events, uint64_t now) {
    int error = 0;
    socklen_t length = sizeof error;
    switch (line->state) {
        case CONNECTING:
            if (getsockopt(line->fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) die("getsockopt");
            if (error || events & (EPOLLERR | EPOLLHUP)) {
                interval.errors[REFUSED]++;
                whole.errors[REFUSED]++;
                close(line->fd);
                if (next == 0) {
                    errno = error;
                    die("connect");
                }
                open_line(line);
                return;
            }
            watch(line, EPOLL_CTL_MOD, EPOLLIN);
            to_idle(line);
            return;
        case IDLE: /* the server may end what is idle */
            reopen(line);
            return;
        default: hear(line, now);
    }
}

static void give_up_late(uint64_t now) {
    for (int i = 0; i < (int) set.connections; i++) {
        if (lines[i].state == BUSY && (double) (now - lines[i].sent) > set.timeout * 1e9) fail(&lines[i], LATE);
    }
}

static void wait_for_events(int limit_ms) {
    struct epoll_event events[EVENTS];
    int n = epoll_wait(epoll, events, EVENTS, limit_ms), was_idle = idle != NULL;
    if (n < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < n; i++) {
        uint64_t times;
        if (events[i].data.ptr) heard(events[i].data.ptr, events[i].events, now_ns());
        else if (read(timer, &times, sizeof times) < 0 && errno != EAGAIN) die("timerfd");
    }
    if (began) dispatch(was_idle);
}

static void connect_all(void) {
    uint64_t limit = now_ns() + 10ull * 1000000000;
    for (int i = 0; i < (int) set.connections; i++) open_line(&lines[i]);
    for (int i = 0; i < (int) set.connections; i++) {
        while (lines[i].state == CONNECTING) {
            if (now_ns() > limit) {
                fprintf(stderr, "only %d of %d connections within 10 s\n", i, (int) set.connections);
                exit(1);
            }
            wait_for_events(100);
        }
    }
}

static void add_lag(void) {
    if (interval.lag > whole.lag && (double) (now_ns() - began) > (set.warmup + set.interval) * 1e9) {
        whole.lag = interval.lag;
    }
}

static void run(void) {
    uint64_t now, looked = 0, told_at = 1, end;
    scheduled = (uint64_t) (set.rate * (set.warmup / 2 + set.seconds));
    began = now_ns();
    end = began + (uint64_t) ((set.warmup + set.seconds + set.timeout) * 1e9);
    for (;;) {
        wait_for_events(50);
        now = now_ns();
        if (now - looked > 100000000) {
            looked = now;
            give_up_late(now);
        }
        if ((double) (now - began) >= (double) told_at * set.interval * 1e9) {
            tell(&interval, now, 0);
            add_lag();
            memset(&interval, 0, sizeof interval);
            told_at++;
        }
        if (told_to_end && next < scheduled) scheduled = next; /* what was never due is not missing */
        if ((next == scheduled && busy == 0) || now > end) break;
    }
    whole.errors[UNSENT] += scheduled - next;
    whole.sent += scheduled - next;
    for (int i = 0; i < (int) set.connections; i++) {
        if (lines[i].state == BUSY) COUNT(&lines[i], errors[LATE]);
    }
    if (interval.lag > whole.lag) whole.lag = interval.lag;
    tell(&whole, now, 1);
}

static void end(int number) {
    (void) number;
    told_to_end = 1;
}

static int understood(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        char *value = strchr(argv[i], '='), *rest = "-";
        for (size_t j = 0; value && j < sizeof settings / sizeof *settings; j++) {
            if (strncmp(argv[i], settings[j].name, (size_t) (value - argv[i])) == 0
                && !settings[j].name[value - argv[i]]) {
                *settings[j].value = strtod(value + 1, &rest);
            }
        }
        if (*rest) return 0;
    }
    return set.port > 0 && set.rate > 0 && set.connections >= 1 && set.keys >= 4 && set.interval > 0;
}

int main(int argc, char **argv) {
    struct sigaction action = {.sa_handler = end};
    struct epoll_event event = {.events = EPOLLIN};
    if (!understood(argc, argv)) {
        fprintf(stderr, "usage: generator port=N");
        for (size_t i = 1; i < sizeof settings / sizeof *settings; i++) {
            fprintf(stderr, " [%s=%g]", settings[i].name, *settings[i].value);
        }
        fprintf(stderr, "\n");
        return 2;
    }
    sigaction(SIGTERM, &action, NULL);
    server.sin_family = AF_INET;
    server.sin_port = htons((uint16_t) set.port);
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    seed((uint64_t) set.seed);
    rank();
    lines = calloc((size_t) set.connections, sizeof *lines);
    epoll = epoll_create1(0);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    if (!lines || epoll < 0 || timer < 0) die("epoll_create1");
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event) < 0) die("epoll_ctl");
    connect_all();
    run();
    return 0;
}

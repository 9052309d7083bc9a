
/*
 * Copyright (C) the vfs authors
 */


#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>


#define BENCH_HEAD  4096


static void bench_send(bench_client_t *client, const char *data, size_t len);
static void bench_receive(bench_client_t *client);


void
bench_connect(bench_client_t *client, unsigned port)
{
    int                 on;
    struct sockaddr_in  address;

    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t) port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    on = 1;
    client->fd = socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, 0);

    if (client->fd == -1
        || connect(client->fd, (void *) &address, sizeof(address)) != 0
        || setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on))
           != 0)
    {
        bench_fail("connect");
    }

    client->size = 1 << 20;
    client->answer = bench_alloc(client->size);
}


void
bench_post(bench_client_t *client, const char *path, const char *body,
    size_t len)
{
    int   n;
    char  head[512];

    n = snprintf(head, sizeof(head), "POST %s HTTP/1.1\r\nHost: bench\r\n"
                 "Content-Type: application/json\r\nContent-Length: %zu\r\n"
                 "\r\n", path, len);

    bench_send(client, head, (size_t) n);
    bench_send(client, body, len);
    bench_receive(client);
}


double
bench_now(void)
{
    struct timespec  now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);

    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}


void *
bench_alloc(size_t size)
{
    void  *p;

    p = aligned_alloc(64, (size + 63) & ~(size_t) 63);

    if (p == NULL) {
        bench_fail("alloc");
    }

    return p;
}


void
bench_fail(const char *text)
{
    (void) fprintf(stderr, "index-bench: %s: %s\n", text, strerror(errno));
    exit(EXIT_FAILURE);
}


static void
bench_send(bench_client_t *client, const char *data, size_t len)
{
    ssize_t  n;

    while (len != 0) {
        n = send(client->fd, data, len, MSG_NOSIGNAL);

        if (n <= 0) {
            bench_fail("send");
        }

        data += n;
        len -= (size_t) n;
    }
}


static void
bench_receive(bench_client_t *client)
{
    char     *end, *length;
    size_t    have, need;
    ssize_t   n;

    have = 0;
    need = 0;

    while (need == 0 || have < need) {

        if (have + 1 >= client->size) {
            bench_fail("the answer is too long");
        }

        n = recv(client->fd, client->answer + have, client->size - 1 - have,
                 0);

        if (n <= 0) {
            bench_fail("receive");
        }

        have += (size_t) n;
        client->answer[have] = '\0';
        end = strstr(client->answer, "\r\n\r\n");

        if (need == 0 && end != NULL) {
            length = strstr(client->answer, "Content-Length: ");

            if (length == NULL || length > end
                || strncmp(client->answer, "HTTP/1.1 200", 12) != 0)
            {
                (void) fprintf(stderr, "%.*s\n", BENCH_HEAD, client->answer);
                bench_fail("the index refused");
            }

            need = (size_t) (end - client->answer) + 4
                   + strtoul(length + 16, NULL, 10);
        }
    }

    end = strstr(client->answer, "\r\n\r\n") + 4;
    memmove(client->answer, end, strlen(end) + 1);
}

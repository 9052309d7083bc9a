
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_listen.h"
#include "vfs_settings.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>


#define VFS_LISTEN_BACKLOG  1024


static int vfs_listen_bind(const struct addrinfo *info, const char *name,
    const char *address, uint16_t port, vfs_error_t *err);
static int vfs_listen_loopback(const struct sockaddr *addr);


int
vfs_listen_open(const char *name, const char *address, const char *remedy,
    vfs_error_t *err)
{
    int               fd, rc;
    char             *host, service[8];
    uint16_t          port;
    vfs_error_t       reason;
    struct addrinfo   hints, *info;

    if (vfs_parse_address(address, &host, &port, &reason) != VFS_OK) {
        vfs_error_set(err, "%s: %s", name, reason.text);
        return -1;
    }

    memset(&hints, 0, sizeof(hints));
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;

    (void) snprintf(service, sizeof(service), "%u", port);
    rc = getaddrinfo(host[0] == '\0' ? NULL : host, service, &hints, &info);

    if (rc != 0) {
        vfs_error_set(err, "%s: cannot resolve %s: %s", name, host,
                      gai_strerror(rc));
        free(host);
        return -1;
    }

    free(host);

    if (remedy != NULL && !vfs_listen_loopback(info->ai_addr)) {
        vfs_error_set(err, "%s: %s can be reached from other machines; %s",
                      name, address, remedy);
        freeaddrinfo(info);
        return -1;
    }

    fd = vfs_listen_bind(info, name, address, port, err);
    freeaddrinfo(info);

    return fd;
}


void
vfs_listen_address(int fd, char *buf, size_t size)
{
    int                      v6;
    char                     host[64], service[8];
    socklen_t                len;
    struct sockaddr_storage  addr;

    len = sizeof(addr);

    if (getsockname(fd, (struct sockaddr *) &addr, &len) != 0
        || getnameinfo((struct sockaddr *) &addr, len, host, sizeof(host),
                       service, sizeof(service),
                       NI_NUMERICHOST|NI_NUMERICSERV)
           != 0)
    {
        (void) snprintf(buf, size, "unknown");
        return;
    }

    v6 = addr.ss_family == AF_INET6;

    (void) snprintf(buf, size, "%s%s%s:%s", v6 ? "[" : "", host, v6 ? "]" : "",
                    service);
}


static int
vfs_listen_bind(const struct addrinfo *info, const char *name,
    const char *address, uint16_t port, vfs_error_t *err)
{
    int  fd, on;

    on = 1;
    fd = socket(info->ai_family, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, 0);

    if (fd == -1
        || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0
        || bind(fd, info->ai_addr, info->ai_addrlen) != 0
        || listen(fd, VFS_LISTEN_BACKLOG) != 0)
    {
        if (errno == EADDRINUSE) {
            vfs_error_set(err, "%s: port %u is in use: cannot listen on %s; "
                          "stop what uses it or choose another", name, port,
                          address);

        } else {
            vfs_error_set(err, "%s: cannot listen on %s: %s", name, address,
                          strerror(errno));
        }

        if (fd != -1) {
            (void) close(fd);
        }

        return -1;
    }

    return fd;
}


static int
vfs_listen_loopback(const struct sockaddr *addr)
{
    const struct sockaddr_in   *v4;
    const struct sockaddr_in6  *v6;

    if (addr->sa_family == AF_INET) {
        v4 = (const struct sockaddr_in *) addr;
        return ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    }

    if (addr->sa_family == AF_INET6) {
        v6 = (const struct sockaddr_in6 *) addr;
        return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
    }

    return 0;
}

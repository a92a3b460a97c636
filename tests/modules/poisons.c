/* To be preloaded: a send(2) that dies of some bytes, or hangs on them. What a bug of a sender would
 * be that one connection's bytes bring out, in every worker that has the connection. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((visibility("default"))) ssize_t send(int socket, const void* bytes, size_t size, int flags) {
  if (memmem(bytes, size, "poison that kills", 17) != NULL) __builtin_trap();
  while (memmem(bytes, size, "poison that hangs", 17) != NULL) pause();
  return syscall(SYS_sendto, socket, bytes, size, flags, NULL, 0);
}

/* The simplest servers there are, to compare handlers with: a client connects, sends a decimal
 * number n in one piece, gets fibonacci(n) and the end.
 * Usage: plain_server sequential|fork|thread PORT */
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uint64_t fibonacci(long n) { return n < 2 ? 1 : fibonacci(n - 1) + fibonacci(n - 2); }

static void answer(int client) {
  char text[64];
  ssize_t size = recv(client, text, sizeof text - 1, 0);
  if (size > 0) {
    text[size] = 0;
    size = snprintf(text, sizeof text, "%llu", (unsigned long long)fibonacci(strtol(text, NULL, 10)));
    send(client, text, (size_t)size, MSG_NOSIGNAL);
  }
  close(client);
}

static void *answer_on_thread(void *client) {
  answer((int)(intptr_t)client);
  return NULL;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

int main(int argc, char **argv) {
  const int on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const int listening = socket(AF_INET, SOCK_STREAM, 0);
  pthread_attr_t detached;
  if (argc != 3) fail("usage: plain_server sequential|fork|thread PORT");
  address.sin_port = htons((uint16_t)atoi(argv[2]));
  setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listening, (struct sockaddr *)&address, sizeof address) != 0) fail("bind");
  if (listen(listening, 128) != 0) fail("listen");
  signal(SIGCHLD, SIG_IGN);
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  for (;;) {
    const int client = accept(listening, NULL, NULL);
    if (client < 0) continue;
    if (argv[1][0] == 's') {
      answer(client);
    } else if (argv[1][0] == 't') {
      pthread_t thread;
      if (pthread_create(&thread, &detached, answer_on_thread, (void *)(intptr_t)client) != 0) {
        close(client);
      }
    } else {
      if (fork() == 0) {
        close(listening);
        answer(client);
        _exit(0);
      }
      close(client);
    }
  }
}

/* The module interface of tined: a stable C ABI.
 *
 * A module is a shared object that exports one function, tined_module_entry. It says what answers
 * requests; the configuration says where and how it is run:
 *
 *   routes:
 *     - {path: /hello, module: {file: hello.so, settings: {greeting: Hello}}}
 *
 * A whole module in C (C++ has a shorter way: module.hpp):
 *
 *   #include <tined/module.h>
 *
 *   static const tined_host *host;
 *
 *   static int configure(const tined_host *h, tined_context *context,
 *                        const tined_settings *settings, void **self) {
 *     host = h;
 *     return 0;
 *   }
 *   static void answer(void *self, const tined_request *request, tined_response *response) {
 *     host->response_header(response, TINED_TEXT("Content-Type"), TINED_TEXT("text/plain"));
 *     host->response_body(response, "Hello\n", 6);
 *   }
 *   static const tined_module module = {
 *       .size = sizeof module, .abi_major = TINED_ABI_MAJOR, .abi_minor = TINED_ABI_MINOR,
 *       .name = "hello", .configure = configure, .answer = answer};
 *
 *   TINED_EXPORT const tined_module *tined_module_entry(void) { return &module; }
 *
 * Versions. A module says which version of this header it was built with. The host loads it if the
 * major numbers are equal and the module's minor number is not larger than its own: within a major
 * version functions are only added, at the ends of the tables, and their meaning stays. The first
 * three members of both tables are the same for ever.
 *
 * Processes and threads. Each worker process loads its own copy, after fork. With `run: event`
 * everything is called on one thread, the worker's loop: a function that blocks holds up every
 * client of that worker. Each function below says if it may be called from another thread.
 *
 * Errors. Nothing may be thrown through these functions. What makes no sense (a status that is
 * none, a header value with a line break) is logged with the route and the client gets a 500.
 *
 * Texts are pairs of pointer and size, not terminated, any bytes. Those of a request and of the
 * settings are the host's: valid until the function that was given them returns.
 */
#ifndef TINED_MODULE_H
#define TINED_MODULE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TINED_ABI_MAJOR 1
#define TINED_ABI_MINOR 7

#define TINED_EXPORT __attribute__((visibility("default")))

typedef struct tined_text {
  const char* data; /* NULL: there is no such text, as opposed to an empty one */
  size_t size;
} tined_text;

/* The text of a string literal. */
#ifdef __cplusplus
#define TINED_TEXT(literal) (tined_text{(literal), sizeof(literal) - 1})
#else
#define TINED_TEXT(literal) ((tined_text){(literal), sizeof(literal) - 1})
#endif

typedef struct tined_header {
  tined_text name;
  tined_text value;
} tined_header;

/* Objects of the host. */
typedef struct tined_context tined_context;   /* one use of a module in one process */
typedef struct tined_settings tined_settings; /* a node of `settings:` */
typedef struct tined_request tined_request;
typedef struct tined_response tined_response;
typedef struct tined_counter tined_counter;
typedef struct tined_message tined_message;   /* what a stream's client has sent (since 1.1) */
typedef struct tined_deferred tined_deferred; /* an answer that comes later (since 1.2) */
typedef struct tined_wait tined_wait;         /* for something, before that (since 1.2) */

/* What a settings node holds. A scalar without quotes has the type that it looks like. */
enum {
  TINED_NULL = 0,
  TINED_BOOLEAN = 1, /* true, false */
  TINED_INTEGER = 2, /* a decimal number that fits into 64 bits, with a sign or without */
  TINED_REAL = 3,    /* a number with a point or an exponent */
  TINED_STRING = 4,  /* all other scalars, and those in quotes */
  TINED_LIST = 5,
  TINED_MAP = 6
};

/* What request_tls tells (since 1.6). */
enum {
  TINED_TLS_VERSION = 0,        /* "TLSv1.3" */
  TINED_TLS_CIPHER = 1,         /* "TLS_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256" */
  TINED_TLS_SERVER_NAME = 2,    /* the host that the client asked for (SNI) */
  TINED_TLS_CLIENT_SUBJECT = 3, /* "CN=alice,O=Example" (RFC 2253), as all of the client's */
  TINED_TLS_CLIENT_ISSUER = 4,
  TINED_TLS_CLIENT_NAMES = 5,       /* alternative ones: "DNS:a.org email:a@a.org" */
  TINED_TLS_CLIENT_SERIAL = 6,      /* hexadecimal capitals */
  TINED_TLS_CLIENT_FINGERPRINT = 7, /* SHA-256, hexadecimal */
  TINED_TLS_CLIENT_PEM = 8          /* the certificate itself, unless it is long */
};

/* How important a log line is. */
enum { TINED_ERROR = 0, TINED_WARNING = 1, TINED_INFO = 2, TINED_DEBUG = 3 };

/* A body that is made in pieces, while it is being sent: the next piece is asked for when the
 * client has taken what there is, so that a slow client slows its producer down and nothing piles
 * up. `next` is called like `answer`. */
typedef struct tined_producer {
  void* state;
  /* Writes at most `room` bytes to `buffer` and returns how many; 0 ends the body. Negative: it
   * cannot be completed; the connection is cut, for the client to see that something is missing,
   * and the log says so, with what producer_fail was told. Each piece is sent when it is made: with
   * `run: event` the loop serves others between two of them. */
  ptrdiff_t (*next)(void* state, char* buffer, size_t room);
  /* Called once when the body is complete or the client is gone. May be NULL. */
  void (*release)(void* state);
} tined_producer;

/* What the host offers. Valid for as long as the process lives. */
typedef struct tined_host {
  size_t size; /* of this table in bytes */
  uint32_t abi_major;
  uint32_t abi_minor;

  /* The settings, in `configure` only. Each reads a node of the kind in its name; of another kind
   * it is 0, NULL or nothing. settings_text gives any scalar as it is written. */
  int32_t (*settings_kind)(const tined_settings* node);
  int32_t (*settings_boolean)(const tined_settings* node);
  int64_t (*settings_integer)(const tined_settings* node);
  double (*settings_real)(const tined_settings* node); /* of an integer too */
  tined_text (*settings_text)(const tined_settings* node);
  size_t (*settings_count)(const tined_settings* node); /* of a list's items, a map's keys */
  const tined_settings* (*settings_at)(const tined_settings* node, size_t index);
  tined_text (*settings_key)(const tined_settings* node); /* that it is the value of */
  const tined_settings* (*settings_find)(const tined_settings* map, tined_text key); /* or NULL */
  tined_text (*settings_where)(const tined_settings* node); /* "tined.yaml:12:30" */

  /* The request. Any thread that has it. Its texts live until `answer` returns; who answers later
   * takes them from deferred_request. */
  tined_text (*request_method)(const tined_request* request); /* "GET"; case matters */
  tined_text (*request_target)(const tined_request* request); /* as sent */
  tined_text (*request_path)(const tined_request* request);   /* decoded, no dot segments */
  tined_text (*request_query)(const tined_request* request);  /* as sent; NULL without a `?` */
  tined_text (*request_body)(const tined_request* request);   /* whole, chunks joined */
  tined_text (*request_peer)(
      const tined_request* request); /* "127.0.0.1:4711", "unix"; of a proxy: "192.0.2.1" */
  tined_text (*request_id)(const tined_request* request); /* also in the log */
  /* The first header of that name, in upper or lower case; NULL when there is none. */
  tined_text (*request_header)(const tined_request* request, tined_text name);
  size_t (*request_header_count)(const tined_request* request);
  tined_header (*request_header_at)(const tined_request* request, size_t index);

  /* The response, in any order. It begins as 200 without headers and body. Date, Server,
   * Content-Length and Transfer-Encoding are the host's to write: a Content-Length given all the
   * same must be true, `Connection: close` is obeyed. HEAD is answered as GET: the host leaves the
   * body out. */
  void (*response_status)(tined_response* response, int32_t status); /* 200 to 599 */
  /* One more field line; of a field that an answer has once (Content-Type, Location, ETag and the
   * like) the last one counts. */
  void (*response_header)(tined_response* response, tined_text name, tined_text value);
  /* The body: the last of these calls counts. */
  void (*response_body)(tined_response* response, const void* data, size_t size); /* copied */
  /* Not copied: `release` (NULL: nothing) is called with `context` when the bytes are no longer
   * needed. */
  void (*response_lent_body)(tined_response* response, const void* data, size_t size,
                             void (*release)(void* context), void* context);
  /* A piece of a file; `length` UINT64_MAX: to its end. The file is opened in this call. */
  void (*response_file)(tined_response* response, tined_text path, uint64_t offset,
                        uint64_t length);
  /* In pieces; `length` UINT64_MAX: not known in advance. */
  void (*response_stream)(tined_response* response, const tined_producer* producer,
                          uint64_t length);
  /* Nothing comes of it: 500, and `reason` in the log. */
  void (*response_fail)(tined_response* response, tined_text reason);

  /* Why `configure` or `start` is about to return something else than 0. */
  void (*refuse)(tined_context* context, tined_text reason);
  /* One line in tined's log, with the module's name. Any thread. */
  void (*log)(tined_context* context, int32_t level, tined_text message);
  /* A number that tined shows in its status, summed up over all workers, as "module.name"; the
   * same for the same name. NULL when there is no room for another (64 in all). */
  tined_counter* (*counter)(tined_context* context, tined_text name);
  void (*counter_add)(tined_counter* counter, uint64_t n); /* NULL: nothing. Any thread. */

  /* Since 1.1: streams, in `receive`. */
  tined_text (*message_bytes)(const tined_message* message);
  tined_text (*message_peer)(const tined_message* message); /* as request_peer */
  tined_text (*message_id)(const tined_message* message);   /* as request_id */
  /* Adds bytes to the answer (copied), which goes out when `receive` has returned. */
  void (*message_send)(tined_message* message, const void* data, size_t size);
  /* Only the first `size` bytes are done with: the others are given again, with what follows them.
   * 0, and nothing sent: the message is not complete yet. By default all are. */
  void (*message_used)(tined_message* message, size_t size);
  /* The connection closes when the answer is out. */
  void (*message_close)(tined_message* message);
  /* Nothing comes of it: the connection closes, and `reason` is in the log. */
  void (*message_fail)(tined_message* message, tined_text reason);

  /* Since 1.2: answers that come later. `answer` defers, begins what takes its time, and returns.
   * What is waited for calls back, each time on the thread that called `answer`, and the last one
   * finishes. With `run: event` that thread serves others meanwhile; a thread of the pool or an
   * executor does nothing else until the answer is there.
   * `cancel` is called, on the same thread, when nobody wants the answer any more: the client has
   * left, or the process ends. What was deferred is gone when it returns. Not called after
   * `deferred_finish`. NULL: not possible (out of memory or descriptors), or done already. */
  tined_deferred* (*defer)(tined_response* response, void (*cancel)(void* context), void* context);
  /* Both stay until the answer is finished or cancelled. */
  const tined_request* (*deferred_request)(const tined_deferred* deferred);
  tined_response* (*deferred_response)(tined_deferred* deferred);
  /* The response is complete. The host drops it, and what is still waited for. */
  void (*deferred_finish)(tined_deferred* deferred);

  /* Waits call `done` once, after the function that made them has returned, and are gone then.
   * NULL: not possible, errno says why. Until `fd` (-1: none), which is non-blocking and waited for
   * once at a time, is ready for one of `events` (POLLIN, POLLOUT) or in trouble (POLLERR,
   * POLLHUP); or, with 0 in `done`, until `timeout_ms` are over (UINT64_MAX: never). */
  tined_wait* (*wait_ready)(tined_deferred* deferred, int fd, uint32_t events, uint64_t timeout_ms,
                            void (*done)(void* context, uint32_t events), void* context);
  /* Until `length` bytes of a regular file from `offset` on are read, or all up to its end (64 MiB
   * at the most). `error`: 0, or why not, as errno has it. The bytes are there while `done` runs.
   */
  tined_wait* (*wait_file)(tined_deferred* deferred, tined_text path, uint64_t offset,
                           uint64_t length,
                           void (*done)(void* context, tined_text bytes, int error), void* context);
  /* Until `signal` is called with what this returns: by any thread, while the wait is there. */
  tined_wait* (*wait_signal)(tined_deferred* deferred, void (*done)(void* context), void* context);
  void (*signal)(tined_wait* wait);
  /* It is not waited for any more, and will not call. Before its descriptor is closed. */
  void (*wait_cancel)(tined_wait* wait);

  /* Since 1.3: what a stream's connection remembers from one message to the next, also in another
   * process; empty at first. `message_set_state` replaces it (copied, 16 KiB at the most) when the
   * answer counts: of an answer that fails nothing is remembered. */
  tined_text (*message_state)(const tined_message* message);
  void (*message_set_state)(tined_message* message, const void* data, size_t size);

  /* Since 1.4. In a producer's `next`, on its thread: why it is about to return a negative number.
   */
  void (*producer_fail)(tined_text reason);

  /* Since 1.6. What a TINED_TLS_ number asks of the request's connection; NULL when there is
   * nothing, as for all of them without TLS. A client's certificate has been verified. */
  tined_text (*request_tls)(const tined_request* request, int32_t what);

  /* Since 1.7. The user whose password was asked for and is right (`auth`); NULL where none is
   * asked for. */
  tined_text (*request_user)(const tined_request* request);
} tined_host;

/* What a module offers. Members left out (zero) are not called, but `answer` or `receive` must be
 * there. */
typedef struct tined_module {
  size_t size; /* sizeof(tined_module) */
  uint32_t abi_major;
  uint32_t abi_minor;
  const char* name; /* for the log and the counters: a-z 0-9 _ - */

  /* Called once for each route in each process, before it serves, and by `tined --check`. Sets
   * *self, which all other functions are given. 0: good; else the configuration is refused. */
  int (*configure)(const tined_host* host, tined_context* context, const tined_settings* settings,
                   void** self);
  /* The process is about to serve: the place to open connections and start threads. 0: good; else
   * the process ends, and a reload with it. Not called by `tined --check`. */
  int (*start)(void* self);
  /* Answers one request, before it returns or later (`defer`). May be NULL in a module for streams
   * alone. */
  void (*answer)(void* self, const tined_request* request, tined_response* response);
  /* After the last request of the process, if `start` was called. */
  void (*stop)(void* self);
  /* Undoes `configure`, in the process that called it: not in each executor. */
  void (*destroy)(void* self);

  /* Since 1.1. Of a listener with `stream:`: bytes have arrived on a connection, all that are there
   * and not used yet, at least one. Answers before it returns. Keep nothing of the connection here:
   * it may go on in another process with the next bytes. What it has to remember:
   * message_set_state. */
  void (*receive)(void* self, tined_message* message);

  /* Since 1.3, may be NULL. A connection of a listener with `stream:` has been opened: a message
   * without bytes, before all others. For what speaks first, or wants to refuse its peer. */
  void (*open)(void* self, tined_message* message);

  /* Since 1.5, each may be NULL. With `run: process` the process that called `configure` is about
   * to fork an executor, and has done so: for a runtime that has locks, threads or a heap to put in
   * order around a fork. `before_fork` is followed by `after_fork` in that process (is_executor 0),
   * also when the fork has failed, and in the executor (1), before its `start`. Of several modules,
   * the first to be configured is the last to be called before a fork and the first after it. With
   * one process a request there is a fork for each: be quick. */
  void (*before_fork)(void* self);
  void (*after_fork)(void* self, int is_executor);
} tined_module;

/* What the module exports. Called once, right after loading. */
TINED_EXPORT const tined_module* tined_module_entry(void);

#ifdef __cplusplus
}
#endif

#endif

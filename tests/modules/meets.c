/* The C interface's deferred answers: the first of two requests waits for the second, whose handler
 * answers both. */
#include <errno.h>
#include <string.h>
#include <tined/module.h>

static const tined_host* host;
static tined_deferred* waiting;

static int configure(const tined_host* given, tined_context* context,
                     const tined_settings* settings, void** self) {
  (void)context;
  (void)settings;
  (void)self;
  host = given;
  return 0;
}

static void cancelled(void* context) {
  (void)context;
  waiting = NULL;
}

static void answer(void* self, const tined_request* request, tined_response* response) {
  (void)self;
  (void)request;
  if (waiting == NULL) {
    waiting = host->defer(response, cancelled, NULL);
    if (host->defer(response, cancelled, NULL) != NULL) {
      host->response_fail(host->deferred_response(waiting), TINED_TEXT("deferred twice"));
    }
    /* Dropped with the answer: nobody cancels it. */
    host->wait_ready(waiting, -1, 0, UINT64_MAX, NULL, NULL);
    if (host->wait_ready(waiting, 12345, 1, 0, NULL, NULL) != NULL || errno != EBADF) {
      host->response_fail(host->deferred_response(waiting), TINED_TEXT("a descriptor that is none"));
    }
    return;
  }
  const tined_text target = host->request_target(host->deferred_request(waiting));
  host->response_body(response, target.data, target.size);
  host->response_body(host->deferred_response(waiting), "met", 3);
  host->deferred_finish(waiting);
  waiting = NULL;
}

static const tined_module module = {.size = sizeof module,
                                    .abi_major = TINED_ABI_MAJOR,
                                    .abi_minor = TINED_ABI_MINOR,
                                    .name = "meets",
                                    .configure = configure,
                                    .answer = answer};

TINED_EXPORT const tined_module* tined_module_entry(void) { return &module; }

/* A module in C: greets, in words that the configuration may choose.
 *
 *   - {path: /hello, module: {file: hello-c.so, settings: {greeting: Good morning}}}
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tined/module.h>

static const tined_host* host;

struct hello {
  tined_counter* greeted;
  char greeting[64];
};

static int configure(const tined_host* given, tined_context* context,
                     const tined_settings* settings, void** self) {
  host = given;
  struct hello* hello = calloc(1, sizeof *hello);
  if (hello == NULL) return 1;
  tined_text greeting = TINED_TEXT("Hello");
  const tined_settings* setting = host->settings_find(settings, TINED_TEXT("greeting"));
  if (setting != NULL) greeting = host->settings_text(setting);
  if (greeting.data == NULL || greeting.size >= sizeof hello->greeting) {
    host->refuse(context, TINED_TEXT("`greeting` must be a text of at most 63 bytes"));
    free(hello);
    return 1;
  }
  memcpy(hello->greeting, greeting.data, greeting.size);
  hello->greeted = host->counter(context, TINED_TEXT("greeted"));
  *self = hello;
  return 0;
}

static void answer(void* self, const tined_request* request, tined_response* response) {
  struct hello* hello = self;
  char text[512];
  const tined_text peer = host->request_peer(request);
  const int size =
      snprintf(text, sizeof text, "%s, %.*s\n", hello->greeting, (int)peer.size, peer.data);
  host->response_header(response, TINED_TEXT("Content-Type"), TINED_TEXT("text/plain"));
  host->response_body(response, text, (size_t)size);
  host->counter_add(hello->greeted, 1);
}

static void destroy(void* self) { free(self); }

static const tined_module module = {
    .size = sizeof module,
    .abi_major = TINED_ABI_MAJOR,
    .abi_minor = TINED_ABI_MINOR,
    .name = "hello-c",
    .configure = configure,
    .answer = answer,
    .destroy = destroy,
};

TINED_EXPORT const tined_module* tined_module_entry(void) { return &module; }

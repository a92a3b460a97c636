/* A module as it was built with version 1.0 of the header: a table that ends where 1.0's did,
 * behind which lies what must not be read. Frozen: a copy of that version's layout. */
#include <stdint.h>
#include <tined/module.h>

static const tined_host* host;

static int configure(const tined_host* given, tined_context* context,
                     const tined_settings* settings, void** self) {
  (void)context;
  (void)settings;
  (void)self;
  host = given;
  return 0;
}

static void answer(void* self, const tined_request* request, tined_response* response) {
  (void)self;
  (void)request;
  host->response_body(response, "old", 3);
}

static const struct {
  size_t size;
  uint32_t abi_major;
  uint32_t abi_minor;
  const char* name;
  int (*configure)(const tined_host*, tined_context*, const tined_settings*, void**);
  int (*start)(void*);
  void (*answer)(void*, const tined_request*, tined_response*);
  void (*stop)(void*);
  void (*destroy)(void*);
  uintptr_t poison[16];
} module = {
    offsetof(tined_module, destroy) + sizeof(void*), 1, 0, "older", configure, 0, answer, 0, 0,
    {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}};

TINED_EXPORT const tined_module* tined_module_entry(void) { return (const void*)&module; }

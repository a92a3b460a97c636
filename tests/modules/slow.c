/* A stream that takes half a second for each message and knows no opening. */
#include <time.h>
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

static void receive(void* self, tined_message* message) {
  struct timespec rest = {0, 500000000};
  (void)self;
  while (nanosleep(&rest, &rest) != 0) {
  }
  host->message_send(message, "slow\n", 5);
}

static const tined_module module = {.size = sizeof module,
                                    .abi_major = TINED_ABI_MAJOR,
                                    .abi_minor = TINED_ABI_MINOR,
                                    .name = "slow",
                                    .configure = configure,
                                    .receive = receive};

TINED_EXPORT const tined_module* tined_module_entry(void) { return &module; }

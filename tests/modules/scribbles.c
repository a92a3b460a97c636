/* Writes some wild words into the records that its worker shares with the supervisor, as a stray
 * pointer would, then kills the worker. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tined/module.h>
#include <unistd.h>

static int configure(const tined_host* host, tined_context* context,
                     const tined_settings* settings, void** self) {
  (void)host;
  (void)context;
  (void)settings;
  (void)self;
  return 0;
}

/* Where the ledger is mapped: "from-to perms offset dev inode /memfd:tined-ledger (deleted)". */
static unsigned char* find_ledger(void) {
  FILE* maps = fopen("/proc/self/maps", "r");
  char line[512];
  uintptr_t from = 0;
  while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
    if (strstr(line, "tined-ledger") != NULL && sscanf(line, "%" SCNxPTR, &from) == 1) break;
  }
  if (maps != NULL) fclose(maps);
  return (unsigned char*)from;
}

static void answer(void* self, const tined_request* request, tined_response* response) {
  enum { kRecordsAt = 11 * 4096, kRecords = 16, kRecord = 192, kWrites = 4 };
  (void)self;
  (void)request;
  (void)response;
  unsigned char* ledger = find_ledger();
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  unsigned seed = (unsigned)now.tv_nsec;
  for (int i = 0; ledger != NULL && i < kWrites; ++i) {
    const size_t at = (size_t)rand_r(&seed) % (kRecords * kRecord / 4) * 4;
    /* Small numbers and near misses are what is believed most easily. */
    uint32_t word = 0;
    memcpy(&word, ledger + kRecordsAt + at, sizeof word);
    word = rand_r(&seed) % 2 == 0 ? (uint32_t)rand_r(&seed) : word + (uint32_t)rand_r(&seed) % 40000;
    memcpy(ledger + kRecordsAt + at, &word, sizeof word);
  }
  kill(getpid(), SIGKILL);
}

static const tined_module module = {.size = sizeof module,
                                    .abi_major = TINED_ABI_MAJOR,
                                    .abi_minor = TINED_ABI_MINOR,
                                    .name = "scribbles",
                                    .configure = configure,
                                    .answer = answer};

TINED_EXPORT const tined_module* tined_module_entry(void) { return &module; }

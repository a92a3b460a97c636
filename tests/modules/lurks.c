/* Leaves a process behind with each request, which goes on writing into the memory that the worker
 * shares with its supervisor: the message in its inbox, its numbers, its records. With a
 * query: into the inbox alone. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <tined/module.h>
#include <unistd.h>

static const tined_host* host;

static int configure(const tined_host* given, tined_context* context,
                     const tined_settings* settings, void** self) {
  (void)context;
  (void)settings;
  (void)self;
  host = given;
  return 0;
}

/* Where the ledger is mapped: "from-to perms offset dev inode /memfd:tined-ledger (deleted)". */
static volatile unsigned char* find_ledger(void) {
  FILE* maps = fopen("/proc/self/maps", "r");
  char line[512];
  uintptr_t from = 0;
  while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
    if (strstr(line, "tined-ledger") != NULL && sscanf(line, "%" SCNxPTR, &from) == 1) break;
  }
  if (maps != NULL) fclose(maps);
  return (volatile unsigned char*)from;
}

static void put(volatile unsigned char* at, const void* bytes, size_t size) {
  for (size_t i = 0; i < size; ++i) at[i] = ((const unsigned char*)bytes)[i];
}

static void put32(volatile unsigned char* at, uint32_t value) { put(at, &value, sizeof value); }

/* A control message with one descriptor, and a head whose sizes change while somebody reads them. */
static void write_letter(volatile unsigned char* inbox, uint32_t round) {
  const size_t length = CMSG_LEN(sizeof(int));
  enum { kHead = CMSG_SPACE(3 * sizeof(int)) };
  put(inbox, &length, sizeof length);
  put32(inbox + 8, SOL_SOCKET);
  put32(inbox + 12, SCM_RIGHTS);
  put32(inbox + 16, 2);
  put(inbox + kHead, "enit\1\0\0\0", 8);
  put(inbox + kHead + 24, "web", 4);
  for (int i = 0; i < 64; ++i) {
    put32(inbox + kHead + 8, (round + (uint32_t)i) % 2 == 0 ? 100 : 40000);
    put32(inbox + kHead + 16, i % 7 == 0 ? 1024 : 0);
  }
}

static void lurk(pid_t worker, int begun, int with_records) {
  enum { kPage = 4096, kInboxAtMost = 8, kRecordsAt = 11 * kPage, kRecords = 8 * kPage };
  volatile unsigned char* ledger = find_ledger();
  if (ledger == NULL) _exit(1);
  /* Until the worker has been reaped: until nobody looks at its memory any more. */
  unsigned seed = (unsigned)getpid();
  alarm(20);
  for (uint32_t round = 0; getppid() == worker; ++round) {
    for (int page = 1; page < kInboxAtMost; ++page) write_letter(ledger + page * kPage, round);
    if (round == 0 && write(begun, "", 1) != 1) _exit(1);
    for (int i = 0; with_records && i < 64; ++i) {
      put32(ledger + kRecordsAt + (unsigned)rand_r(&seed) % kRecords, (uint32_t)rand_r(&seed));
      ledger[(unsigned)rand_r(&seed) % kPage] = (unsigned char)rand_r(&seed);
    }
  }
  _exit(0);
}

static void answer(void* self, const tined_request* request, tined_response* response) {
  (void)self;
  const tined_text query = host->request_query(request);
  const pid_t worker = getpid();
  int begun[2] = {-1, -1};
  char byte = 0;
  if (pipe(begun) != 0) return;
  if (fork() == 0) lurk(worker, begun[1], query.size == 0);
  if (read(begun[0], &byte, 1) != 1) return;
  close(begun[0]);
  close(begun[1]);
  host->response_body(response, "lurking", 7);
}

static const tined_module module = {.size = sizeof module,
                                    .abi_major = TINED_ABI_MAJOR,
                                    .abi_minor = TINED_ABI_MINOR,
                                    .name = "lurks",
                                    .configure = configure,
                                    .answer = answer};

TINED_EXPORT const tined_module* tined_module_entry(void) { return &module; }

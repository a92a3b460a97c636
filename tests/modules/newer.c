/* A module of a major version to come: of its table nothing but the first three members is known.
 */
#include <tined/module.h>

static const struct {
  size_t size;
  uint32_t abi_major;
  uint32_t abi_minor;
  void* unknown[64];
} module = {sizeof module, TINED_ABI_MAJOR + 1, 0, {0}};

TINED_EXPORT const tined_module* tined_module_entry(void) { return (const void*)&module; }

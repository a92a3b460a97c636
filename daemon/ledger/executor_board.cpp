#include "ledger/executor_board.hpp"

#include <sys/mman.h>

#include <new>

#include "base/error.hpp"

namespace tined::ledger {

SharedExecutorBoard::SharedExecutorBoard() {
  void* const memory = ::mmap(nullptr, sizeof(ExecutorBoard), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) ThrowErrno("map memory to share with executors");
  board_ = new (memory) ExecutorBoard;
}

SharedExecutorBoard::~SharedExecutorBoard() { ::munmap(board_, sizeof(ExecutorBoard)); }

}  // namespace tined::ledger

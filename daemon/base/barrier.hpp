// One order that a pair of processes keeps, each of which writes in one place (memory, a socket)
// and then looks in the other's: at least one of them sees what the other has written. Any process.
#pragma once

namespace tined {

/// Everything that this thread has read and written before comes before everything that it reads
/// and writes after it. It is the builtin and not std::atomic_thread_fence, which g++ refuses under
/// ThreadSanitizer; no thread of the same process stands on the other side.
inline void FullBarrier() noexcept { __sync_synchronize(); }

}  // namespace tined

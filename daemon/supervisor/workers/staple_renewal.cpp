#include "supervisor/workers/staple_renewal.hpp"

#include "channels/control_pair.hpp"

namespace tined::supervisor {
namespace {

constexpr Duration kStapleInterval = std::chrono::seconds(10);

}  // namespace

/// What a handshaker has no room to hear now it reads when it is forked again, or with the next
/// reload.
void StapleRenewal::LookAt(const std::vector<std::unique_ptr<Handshaker>>& handshakers, int current,
                           TimePoint now) {
  if (now - looked_ < kStapleInterval) return;
  looked_ = now;
  GenerationPointer generation;
  for (const auto& handshaker : handshakers) {
    if (handshaker->generation_number == current) generation = handshaker->generation.lock();
  }
  if (generation == nullptr) return;
  for (const TlsFiles::Staple& staple : generation->tls.OpenChangedStaples()) {
    for (const auto& handshaker : handshakers) {
      if (handshaker->generation_number != current || handshaker->pid == 0) continue;
      handshaker->control->Hint({channels::MessageKind::staple, staple.certificate}, staple.file);
    }
  }
}

}  // namespace tined::supervisor

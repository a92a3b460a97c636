// The inbox of a dead worker, arbitrary bytes: recovering a connection from it reads nothing beside
// it, and takes only what makes sense.
#include <fcntl.h>

#include <algorithm>
#include <cstdint>

#include "channels/handoff.hpp"
#include "channels/inbox.hpp"
#include "ledger/ledger.hpp"
#include "tests/fuzz/input.hpp"

namespace tined::channels {
namespace {

using fuzz::Require;
using fuzz::Touch;
using ledger::Ledger;
using ledger::Validate;

void Check(std::string_view bytes) {
  static const Ledger memory(1, 4096);
  std::fill(memory.inbox().begin(), memory.inbox().end(), '\0');
  bytes.copy(memory.inbox().data(), memory.inbox().size());
  const Inbox::Left left = Inbox(memory.inbox()).Take();
  IncomingParcel parcel;
  const auto fetch = [](int) { return Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); };
  if (!left.Recover(fetch, parcel)) return;
  Touch(parcel.input);
  Touch(parcel.output);
  Require(left.socket() != -1, "what is recovered has a socket");
  Require(Validate(parcel, static_cast<bool>(parcel.file)) == nullptr, "it makes sense");
}

}  // namespace
}  // namespace tined::channels

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tined::channels::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}

// Where a worker receives connections from the handoff channel (handoff.hpp): memory of its ledger.
// A worker that goes on with them, and whoever looks at what a dead one has left.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/descriptor.hpp"
#include "channels/handoff.hpp"

namespace tined::channels {

/// Where messages are received: part of the ledger, so that a connection whose worker dies between
/// taking it off the channel and recording it is still there. Written by the kernel, and by whoever
/// else has the memory: each reads a copy of its own.
class Inbox {
  struct Letter;

 public:
  /// What the memory of an inbox has to hold.
  static constexpr std::size_t kSize = 36U << 10;

  explicit Inbox(std::span<char> memory) noexcept : memory_(memory) {}

  /// Receives a connection that makes sense; others are dropped (and their sockets closed) with a
  /// log line. Never blocks.
  [[nodiscard]] ReceiveResult Receive(int channel, IncomingParcel& parcel) const;
  /// The connection received last has its record.
  void Clear() const noexcept;

  /// What a dead worker had received and not recorded: a copy, whatever becomes of the inbox.
  class Left {
   public:
    Left(Left&&) noexcept;
    ~Left();

    /// The socket's number in that worker, or -1: there is no connection.
    [[nodiscard]] int socket() const noexcept { return numbers_.empty() ? -1 : numbers_.front(); }
    /// The parcel with its descriptors, each fetched by `fetch(number)`. False: it makes no sense.
    template <typename Fetch>
    [[nodiscard]] bool Recover(Fetch fetch, IncomingParcel& parcel) const {
      std::vector<Descriptor> descriptors;
      for (const int number : numbers_) descriptors.push_back(fetch(number));
      return Open(std::move(descriptors), parcel);
    }

   private:
    friend class Inbox;
    explicit Left(std::unique_ptr<const Letter> letter);
    [[nodiscard]] bool Open(std::vector<Descriptor> descriptors, IncomingParcel& parcel) const;

    std::unique_ptr<const Letter> letter_;
    std::vector<int> numbers_;
  };
  [[nodiscard]] Left Take() const;

 private:
  [[nodiscard]] Letter& letter() const noexcept;

  std::span<char> memory_;
};

}  // namespace tined::channels

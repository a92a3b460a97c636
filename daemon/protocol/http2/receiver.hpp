// Takes a client's frames one by one (RFC 9113, 5 and 6): what they say of the connection and its
// streams is noted in the session, what they ask for at once is written, requests go to the
// dispatcher. Input is done with at the ends of frames and header blocks only. A rule that the
// client breaks ends the connection. Worker's loop thread; one a worker.
#pragma once

#include <cstdint>

#include "config/model.hpp"
#include "http2/error_code.hpp"
#include "http2/field.hpp"
#include "http2/frame.hpp"
#include "http2/header_block.hpp"
#include "protocol/http2/dispatcher.hpp"
#include "protocol/http2/session.hpp"

namespace tined::http2 {

class Receiver {
 public:
  /// All are borrowed.
  Receiver(const config::Limits& limits, ledger::Arena& arena, const exchange::Exchanges& exchanges,
           Dispatcher& dispatcher);

  /// Takes what there is of whole frames, until the output is full. No fault: the rest is not
  /// whole, or there is no room (IsFull).
  [[nodiscard]] Fault TakeAll(Turn& turn);
  /// Tells the client what of its limits has changed, as by a reload.
  static void TellLimits(Turn& turn);
  /// There is as much to send as may be: no more is taken.
  [[nodiscard]] bool IsFull(const Turn& turn) const noexcept;

 private:
  [[nodiscard]] std::string_view Rest(const Turn& turn) const noexcept;
  [[nodiscard]] PartOfFrame RestOf(const Turn& turn) const noexcept;
  // With `is_missing`, nothing was done: more input is needed, or the request is held.
  [[nodiscard]] Fault TakePreface(Turn& turn, bool& is_missing);
  [[nodiscard]] Fault TakeOne(Turn& turn, bool& is_missing);
  [[nodiscard]] Fault Take(Turn& turn, const Frame& frame);
  [[nodiscard]] Fault TakeHeaders(Turn& turn, bool& is_missing);
  [[nodiscard]] static bool IsHeld(const Turn& turn) noexcept;
  [[nodiscard]] Fault OpenStream(Turn& turn, const HeaderBlock& block, bool is_too_large);
  [[nodiscard]] Fault TakeTrailers(Turn& turn, LiveStream& stream, const HeaderBlock& block);
  [[nodiscard]] Fault TakeData(Turn& turn, const Frame& frame);
  [[nodiscard]] static Fault EndRequest(LiveStream& stream);
  [[nodiscard]] Fault TakeReset(Turn& turn, const Frame& frame);
  [[nodiscard]] Fault TakeSettings(Turn& turn, const Frame& frame);
  static void ChangeTable(Session& session, std::uint32_t before, std::uint32_t smallest);
  [[nodiscard]] Fault TakeWindowUpdate(Turn& turn, const Frame& frame);
  static void TakePriority(Turn& turn, const Frame& frame);
  void GiveBackWindow(Turn& turn);
  [[nodiscard]] Fault Spend(Bucket& bucket, const Bucket::Size& size, std::string_view what) const;
  [[nodiscard]] Fault SpendControl(const Turn& turn) const;
  [[nodiscard]] Fault SpendReset(const Turn& turn) const;

  const config::Limits& limits_;
  ledger::Arena& arena_;
  const exchange::Exchanges& exchanges_;
  Dispatcher& dispatcher_;
  FieldList fields_;
};

}  // namespace tined::http2

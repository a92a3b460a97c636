#include "backends/processes/lost_answer.hpp"

#include <algorithm>
#include <memory>

#include "base/log.hpp"

namespace tined::backends {
namespace {

/// A process's descriptors close before its parent hears of its end.
constexpr Duration kHearsay = std::chrono::milliseconds(500);

bool HasBeenTold(const shared::ExecutorBoard& board, const RequestId& id) noexcept {
  const std::uint64_t number = NumberOf(id);
  return std::any_of(board.told.begin(), board.told.end(),
                     [number](const auto& each) { return each.load() == number; });
}

/// The object is its own owner until it has spoken.
struct Doubt {
  Doubt(const shared::ExecutorBoard& told_by, Failure of)
      : board(told_by), failure(std::move(of)) {}

  void Resolve() {
    if (!HasBeenTold(board, failure.id)) {
      LogFailure(failure, 500, "its executor closed the socket that was to take the answer");
    }
    const std::shared_ptr<Doubt> last = std::move(self);
  }

  const shared::ExecutorBoard& board;
  const Failure failure;
  std::shared_ptr<Doubt> self;
  loop::Alarm alarm{[this] { Resolve(); }};
};

}  // namespace

void LogFailure(const Failure& failure, int status, std::string_view cause) {
  log::Error("an executor gave no answer",
             {{"status", status},
              {"cause", cause},
              {failure.is_message ? "listener" : "route", failure.place},
              {"module", failure.module},
              {"request", failure.line},
              {"id", std::string_view(failure.id.data(), failure.id.size())}});
}

void TellUnlessDead(loop::Loop& loop, const shared::ExecutorBoard& board,
                    Failure failure) noexcept {
  const auto doubt = std::make_shared<Doubt>(board, std::move(failure));
  doubt->self = doubt;
  loop.Arm(doubt->alarm, Clock::now() + kHearsay);
}

}  // namespace tined::backends

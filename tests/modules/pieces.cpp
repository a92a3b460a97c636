// Answers with ?size=N bytes in pieces of uneven size, and counts what it has made. Has ideas of
// its own about a signal that executors live by.
#include <csignal>
#include <tined/module.hpp>

namespace {

class PiecesModule {
 public:
  PiecesModule(const tined::Settings& settings, tined::Context context)
      : made_(context.Counter("made")), released_(context.Counter("released")) {
    settings.Allow({});
    std::signal(SIGUSR1, SIG_IGN);
  }

  tined::Response Answer(const tined::Request& request) const {
    const std::size_t size = std::stoul(request.Parameter("size").value_or("0"));
    tined::Stream stream;
    if (request.Parameter("declare")) stream.length = size;
    // Counts when the last copy of the function is gone.
    const std::shared_ptr<void> guard(nullptr, [counter = released_](void*) { counter.Add(); });
    stream.next = [this, guard, size, at = std::size_t{0}](std::span<char> room) mutable {
      const std::size_t count = std::min({size - at, room.size(), 1 + at % 7919});
      for (std::size_t i = 0; i < count; ++i) room[i] = static_cast<char>('a' + (at + i) % 23);
      at += count;
      made_.Add(count);
      return count;
    };
    return {200, {{"Content-Type", "text/plain"}}, std::move(stream)};
  }

 private:
  const tined::Counter made_;
  const tined::Counter released_;
};

}  // namespace

TINED_MODULE(PiecesModule, "pieces")

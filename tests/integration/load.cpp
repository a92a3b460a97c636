#include "tests/integration/load.hpp"

#include <stdexcept>

#include "tests/integration/client.hpp"

namespace tined::test {

Load::Load(Settings settings) : settings_(std::move(settings)) {
  for (int i = 0; i < settings_.connections; ++i) {
    threads_.emplace_back([this, i] { Run(i); });
  }
}

void Load::Stop() {
  is_stopped_ = true;
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Load::Run(int number) {
  auto next = static_cast<std::size_t>(number);
  while (!is_stopped_) {
    try {
      RunConnection(next);
    } catch (const std::exception& error) {
      Note(error.what());
    }
  }
}

/// Uses one connection until the server announces its end.
void Load::RunConnection(std::size_t& next) {
  Client client(settings_.port);
  while (!is_stopped_) {
    std::string requests;
    const std::size_t first = next;
    for (int i = 0; i < settings_.pipelined; ++i) {
      const Expected& file = settings_.files[next++ % settings_.files.size()];
      requests += "GET " + file.target + " HTTP/1.1\r\nHost: test\r\n\r\n";
    }
    const auto sent = std::chrono::steady_clock::now();
    client.Send(requests);
    for (std::size_t i = first; i < next; ++i) {
      const Answer answer = client.Read();
      const Expected& file = settings_.files[i % settings_.files.size()];
      if (answer.status == 0) throw std::runtime_error("closed without an answer");
      if (answer.status != 200) {
        throw std::runtime_error("status " + std::to_string(answer.status));
      }
      if (answer.body != file.body) throw std::runtime_error("wrong bytes");
      ++answers_;
      NoteWait(std::chrono::steady_clock::now() - sent);
      if (answer["Connection"] != "close") continue;
      ++closes_;
      // What was pipelined behind it has not been answered, and the client was told so.
      if (!settings_.may_close) throw std::runtime_error("closed without need");
      return;
    }
  }
}

void Load::NoteWait(std::chrono::steady_clock::duration wait) {
  const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(wait).count();
  std::int64_t longest = longest_wait_;
  while (taken > longest && !longest_wait_.compare_exchange_weak(longest, taken)) {
  }
}

void Load::Note(const std::string& failure) {
  if (failures_++ == 0) first_failure_ = failure;
}

}  // namespace tined::test

// Clients of the simplest kind of server: each connects, sends a text, reads to the end, compares,
// and begins again. Prints what it counted as JSON.
// Usage: stream_load PORT CLIENTS SECONDS TEXT EXPECTED
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Counts {
  std::uint64_t errors = 0;
  std::vector<double> waits;  ///< microseconds
};

std::string Ask(std::uint16_t port, const std::string& text) {
  const int connection = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (::connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      ::send(connection, text.data(), text.size(), MSG_NOSIGNAL) > 0) {
    std::array<char, 4096> room;
    ssize_t size = 0;
    while ((size = ::recv(connection, room.data(), room.size(), 0)) > 0) {
      answer.append(room.data(), static_cast<std::size_t>(size));
    }
  }
  ::close(connection);
  return answer;
}

double At(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const std::string text = argv[4];
  const std::string expected = argv[5];
  std::vector<Counts> counts(static_cast<std::size_t>(std::atoi(argv[2])));
  const auto start = Clock::now();
  const auto end = start + std::chrono::duration_cast<Clock::duration>(
                               std::chrono::duration<double>(std::atof(argv[3])));
  std::vector<std::thread> clients;
  for (Counts& own : counts) {
    clients.emplace_back([&] {
      while (Clock::now() < end) {
        const auto asked = Clock::now();
        if (Ask(port, text) == expected) {
          own.waits.push_back(
              std::chrono::duration<double, std::micro>(Clock::now() - asked).count());
        } else {
          ++own.errors;
        }
      }
    });
  }
  for (std::thread& client : clients) client.join();
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  Counts all;
  for (const Counts& own : counts) {
    all.errors += own.errors;
    all.waits.insert(all.waits.end(), own.waits.begin(), own.waits.end());
  }
  std::sort(all.waits.begin(), all.waits.end());
  std::printf(
      "{\"requests\": %zu, \"errors\": %llu, \"seconds\": %.6f, \"p50\": %.1f, \"p99\": %.1f}\n",
      all.waits.size(), static_cast<unsigned long long>(all.errors), seconds, At(all.waits, 0.5),
      At(all.waits, 0.99));
  return all.errors == 0 ? 0 : 1;
}

// Clients that keep a server busy over keep-alive connections and see everything that goes wrong:
// each answer is compared byte for byte, nothing is ever retried.
// Usage: outlive_load PORT CONNECTIONS SECONDS DIRECTORY NAME...
// Asks for the files NAME... of DIRECTORY in turn, /NAME each. Prints a line of numbers every 200
// ms and when it ends: answers failures longest_wait_ms.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include "tests/integration/load.hpp"

namespace {

using tined::test::Expected;
using tined::test::Load;

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "outlive_load: cannot read %s\n", path.c_str());
    std::exit(1);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

void Print(const Load& load) {
  std::printf("%llu %llu %lld\n", static_cast<unsigned long long>(load.answers()),
              static_cast<unsigned long long>(load.failures()),
              static_cast<long long>(load.longest_wait().count()));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    std::fprintf(stderr, "usage: outlive_load PORT CONNECTIONS SECONDS DIRECTORY NAME...\n");
    return 2;
  }
  Load::Settings settings{.port = static_cast<std::uint16_t>(std::atoi(argv[1])),
                          .connections = std::atoi(argv[2]),
                          .files = {},
                          .may_close = true};
  for (int i = 5; i < argc; ++i) {
    const std::string name = argv[i];
    settings.files.push_back({"/" + name, Contents(std::string(argv[4]) + "/" + name)});
  }
  Load load(std::move(settings));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(argv[3]));
  while (std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    Print(load);
  }
  load.Stop();
  Print(load);
  if (load.failures() > 0) {
    std::fprintf(stderr, "first failure: %s\n", load.first_failure().c_str());
  }
  return 0;
}

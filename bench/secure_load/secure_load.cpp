// Clients that keep a server busy over TLS and see everything that goes wrong: each answer is
// compared byte for byte, nothing is ever retried. They differ in library (OpenSSL, GnuTLS),
// version (1.2, 1.3) and suite; each resumes sessions, changes keys, pipelines, sends in pieces,
// reads slowly now and then. Usage: secure_load PORT CLIENTS SECONDS DIRECTORY ECHO NAME... Asks
// for the files NAME... of DIRECTORY, /NAME each, and for ECHO ("-": nothing has it), which is to
// answer a PUT with its body. Prints a line of numbers every 200 ms and when it ends (counts.hpp),
// failures on standard error.
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include "bench/secure_load/client.hpp"
#include "bench/secure_load/gnutls.hpp"
#include "bench/secure_load/openssl.hpp"

namespace {

using namespace tined::bench;

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "secure_load: cannot read %s\n", path.c_str());
    std::exit(1);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

std::atomic<bool> is_over{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal's handler stores it");

void RunClient(int number, const Work& work, Counts& counts) {
  const bool is_openssl = number % 2 == 0;
  const Endpoint::Wanted wanted{.is_tls13 = number / 2 % 2 == 0, .suite = number / 4 % 3};
  const std::string name = std::to_string(number) + (is_openssl ? " OpenSSL" : " GnuTLS") +
                           (wanted.is_tls13 ? " 1.3" : " 1.2") + " suite " +
                           std::to_string(wanted.suite);
  Client client(name, work, is_openssl ? MakeOpensslEndpoint(wanted) : MakeGnutlsEndpoint(wanted),
                wanted.is_tls13, static_cast<unsigned>(number), counts);
  client.Run(is_over);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) {
    std::fprintf(stderr, "usage: secure_load PORT CLIENTS SECONDS DIRECTORY ECHO NAME...\n");
    return 2;
  }
  // A server that has closed is an error of the call.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGTERM, [](int) { is_over = true; });
  Work work{.port = static_cast<std::uint16_t>(std::atoi(argv[1]))};
  if (argv[5][0] != '-') work.echo = argv[5];
  for (int i = 6; i < argc; ++i) {
    const std::string name = argv[i];
    work.files.push_back({"/" + name, Contents(std::string(argv[4]) + "/" + name)});
  }
  Counts counts;
  std::vector<std::thread> clients;
  for (int i = 0; i < std::atoi(argv[2]); ++i) {
    clients.emplace_back([&, i] { RunClient(i, work, counts); });
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(argv[3]));
  while (!is_over && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    counts.Print();
  }
  is_over = true;
  for (std::thread& client : clients) client.join();
  counts.Print();
  return 0;
}

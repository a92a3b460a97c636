#include "supervisor/systemd/service_manager.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/passing.hpp"

using namespace tined;
namespace service_manager = supervisor::service_manager;

namespace {

/// A variable of the environment, gone at the end.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    ::setenv(name, value.c_str(), 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

/// The numbers that descriptors are passed under, both ends of a pipe in their place.
class FirstNumbers {
 public:
  FirstNumbers() : kept_{Descriptor(::dup(3)), Descriptor(::dup(4))} {
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    const Descriptor read(::fcntl(ends[0], F_DUPFD, 10));
    const Descriptor write(::fcntl(ends[1], F_DUPFD, 10));
    ::close(ends[0]);
    ::close(ends[1]);
    ::dup2(read.get(), 3);
    ::dup2(write.get(), 4);
  }
  FirstNumbers(const FirstNumbers&) = delete;
  FirstNumbers& operator=(const FirstNumbers&) = delete;
  ~FirstNumbers() {
    for (const int number : {3, 4}) {
      ::close(number);
      if (const Descriptor& kept = kept_[static_cast<std::size_t>(number - 3)]; kept) {
        ::dup2(kept.get(), number);
      }
    }
  }

 private:
  std::array<Descriptor, 2> kept_;
};

/// Listens as systemd does.
class Listener {
 public:
  /// `name`: as in $NOTIFY_SOCKET.
  explicit Listener(const std::string& name) : variable_("NOTIFY_SOCKET", name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = 0;
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    BOOST_REQUIRE(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  }

  /// The next notification; `descriptor` takes what comes along.
  std::string Next(Descriptor& descriptor) {
    std::array<char, 512> room;
    iovec bytes{room.data(), room.size()};
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    PassedAlong<1> passed;
    passed.Await(message);
    const ssize_t size = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT);
    if (size < 0) return "nothing";
    auto [along] = PassedAlong<1>::Take(message);
    descriptor = std::move(along);
    return {room.data(), static_cast<std::size_t>(size)};
  }

 private:
  Variable variable_;
  Descriptor socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(service_manager_protocol)

BOOST_AUTO_TEST_CASE(notifies_a_path_and_an_abstract_name) {
  const std::string path = "/tmp/tined-notify-" + std::to_string(::getpid());
  for (const std::string& name : {path, "@" + path}) {
    Listener listener(name);
    Descriptor along;
    service_manager::NotifyReady("serving\nSTOPPING=1");
    BOOST_TEST(listener.Next(along) == "READY=1\nSTATUS=serving");
    service_manager::NotifyFailed(EADDRINUSE, "no");
    BOOST_TEST(listener.Next(along) == "ERRNO=98\nSTATUS=no");
    BOOST_TEST(!along);
  }
  std::filesystem::remove(path);
}

BOOST_AUTO_TEST_CASE(a_descriptor_goes_along) {
  Listener listener("@tined-store-" + std::to_string(::getpid()));
  int ends[2];
  BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const Descriptor read(ends[0]);
  service_manager::StoreDescriptor("web", Descriptor(ends[1]).get());
  Descriptor along;
  BOOST_TEST(listener.Next(along) == "FDSTORE=1\nFDPOLL=0\nFDNAME=web");
  BOOST_REQUIRE(static_cast<bool>(along));
  BOOST_TEST(::write(along.get(), "x", 1) == 1);
  char byte = 0;
  BOOST_TEST(::read(read.get(), &byte, 1) == 1);
}

BOOST_AUTO_TEST_CASE(nobody_who_listens_is_no_fault) {
  for (const std::string& name : {std::string(), std::string("relative"), std::string("@"),
                                  std::string("/nowhere/at/all"), "/" + std::string(200, 'x')}) {
    const Variable variable("NOTIFY_SOCKET", name);
    service_manager::NotifyAlive();
  }
  service_manager::NotifyAlive();
}

BOOST_AUTO_TEST_CASE(passed_descriptors_have_names) {
  const FirstNumbers pipe;
  const Variable pid("LISTEN_PID", std::to_string(::getpid()));
  const Variable count("LISTEN_FDS", "2");
  const Variable names("LISTEN_FDNAMES", "web:");
  const auto passed = service_manager::TakePassedDescriptors();
  BOOST_REQUIRE(passed.size() == 2U);
  BOOST_REQUIRE(passed.count("web") == 1U);
  BOOST_TEST(passed.find("web")->second.get() == 3);
  BOOST_TEST(passed.find("")->second.get() == 4);
  BOOST_TEST((::fcntl(3, F_GETFD) & FD_CLOEXEC) != 0);
  BOOST_TEST(std::getenv("LISTEN_FDS") == nullptr);
  BOOST_TEST(std::getenv("LISTEN_PID") == nullptr);
  BOOST_TEST(std::getenv("LISTEN_FDNAMES") == nullptr);
}

BOOST_AUTO_TEST_CASE(names_may_be_missing) {
  const FirstNumbers pipe;
  const Variable pid("LISTEN_PID", std::to_string(::getpid()));
  const Variable count("LISTEN_FDS", "2");
  BOOST_TEST(service_manager::TakePassedDescriptors().count("unknown") == 2U);
}

BOOST_AUTO_TEST_CASE(nothing_may_be_passed) {
  const Variable pid("LISTEN_PID", std::to_string(::getpid()));
  BOOST_TEST(service_manager::TakePassedDescriptors().empty());
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  const Variable count("LISTEN_FDS", "0");
  const Variable names("LISTEN_FDNAMES", "");
  BOOST_TEST(service_manager::TakePassedDescriptors().empty());
}

BOOST_AUTO_TEST_CASE(what_is_passed_to_others_is_left_alone) {
  const FirstNumbers pipe;
  for (const std::string pid : {"1", "", "x", "12345678901234567890"}) {
    const Variable other("LISTEN_PID", pid);
    const Variable count("LISTEN_FDS", "2");
    BOOST_TEST(service_manager::TakePassedDescriptors().empty(), pid);
    BOOST_TEST(std::getenv("LISTEN_FDS") == nullptr);
  }
  BOOST_TEST(::fcntl(3, F_GETFD) == 0);
}

BOOST_AUTO_TEST_CASE(nonsense_is_refused) {
  const FirstNumbers pipe;
  for (const auto& [count, names] : {std::pair("", "a"), std::pair("-1", "a"), std::pair("x", "a"),
                                     std::pair("2", "a"), std::pair("99999", "a")}) {
    const Variable pid("LISTEN_PID", std::to_string(::getpid()));
    const Variable count_variable("LISTEN_FDS", count);
    const Variable names_variable("LISTEN_FDNAMES", names);
    BOOST_CHECK_THROW((void)service_manager::TakePassedDescriptors(), std::system_error);
  }
}

BOOST_AUTO_TEST_CASE(the_watchdog_is_for_the_process_it_names) {
  using service_manager::WatchdogPatience;
  BOOST_TEST((WatchdogPatience() == Duration(0)));
  for (const std::string nonsense :
       {"", "0", "-1", "x", "99999999999999999999", "18446744073709551615"}) {
    const Variable variable("WATCHDOG_USEC", nonsense);
    BOOST_TEST((WatchdogPatience() == Duration(0)), nonsense);
  }
  const Variable variable("WATCHDOG_USEC", "2500000");
  BOOST_TEST((WatchdogPatience() == std::chrono::milliseconds(2500)));
  {
    const Variable mine("WATCHDOG_PID", std::to_string(::getpid()));
    BOOST_TEST((WatchdogPatience() == std::chrono::milliseconds(2500)));
  }
  const Variable others("WATCHDOG_PID", "1");
  BOOST_TEST((WatchdogPatience() == Duration(0)));
}

BOOST_AUTO_TEST_SUITE_END()

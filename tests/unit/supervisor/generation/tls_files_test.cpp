#include "supervisor/generation/tls_files.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "base/error.hpp"
#include "base/memory_file.hpp"
#include "handshaker/start.hpp"

namespace tined::supervisor {
namespace {

/// Two listeners, each with a certificate and a key; the files say what they are.
struct Site {
  Site() {
    if (::mkdtemp(path.data()) == nullptr) ThrowErrno("mkdtemp");
    for (const std::string name : {"a", "b"}) {
      config::Listener& listener = config.listeners.emplace_back();
      listener.tls.emplace().certificates.push_back({.certificate = File(name + ".pem"),
                                                     .key = File(name + ".key"),
                                                     .ocsp = {},
                                                     .where = {}});
    }
    files.emplace(config, local_path::Strangers(), TlsFiles::KeyLogs::leave);
  }
  ~Site() { std::filesystem::remove_all(path); }
  [[nodiscard]] std::string File(const std::string& name) const {
    std::ofstream(path + "/" + name) << name;
    return path + "/" + name;
  }
  /// What a handshaker would read as the key of a listener.
  [[nodiscard]] std::string Key(std::size_t listener) const {
    const int file = files->Listeners(config, {}).at(listener).files.certificates.at(0).key;
    char bytes[16];
    const ssize_t size = ::pread(file, bytes, sizeof bytes, 0);
    return size < 0 ? ErrnoText(errno) : std::string(bytes, static_cast<std::size_t>(size));
  }
  static Descriptor Copy(std::string_view text) {
    Descriptor copy(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    BOOST_TEST(::write(copy.get(), text.data(), text.size()) >= 0);
    BOOST_TEST(::fcntl(copy.get(), F_ADD_SEALS, handshaker::kSeals) == 0);
    return copy;
  }

  std::string path = (std::filesystem::temp_directory_path() / "tined-XXXXXX").string();
  config::Config config;
  std::optional<TlsFiles> files;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(TlsFilesTest, Site)

BOOST_AUTO_TEST_CASE(a_copy_takes_the_place_of_its_file_alone) {
  // Of each listener: certificate, key, tickets' keys, authorities, revocation list.
  files->Keep(5 + 1, Copy("copy"));
  BOOST_TEST(Key(0) == "a.key");
  BOOST_TEST(Key(1) == "copy");
  files->Keep(5 + 1, Copy("another"));
  BOOST_TEST(Key(1) == "another");
}

BOOST_AUTO_TEST_CASE(what_is_no_sealed_copy_or_of_no_file_is_left_out) {
  files->Keep(1, MakeMemoryFile("test", "can be changed"));
  files->Keep(1, Descriptor());
  files->Keep(2, Copy("there are no tickets' keys"));
  files->Keep(77, Copy("there is no such listener"));
  BOOST_TEST(Key(0) == "a.key");
  BOOST_TEST(files->Listeners(config, {}).at(0).files.ticket_keys == -1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::supervisor

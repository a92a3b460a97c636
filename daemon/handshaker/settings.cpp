#include "handshaker/settings.hpp"

#include <fmt/format.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/error.hpp"

namespace tined::handshaker {
namespace {

using handshake::File;
using handshake::Refused;

[[noreturn]] void Refuse(const std::string& name, const std::string& reason) {
  throw Refused({fmt::format("{}: {}", name, reason)});
}

void Wipe(File& file) noexcept { ::explicit_bzero(file.bytes.data(), file.bytes.size()); }

/// Reads files one after the other, and remembers all that cannot be read.
class Reader {
 public:
  File Read(const std::string& name, int descriptor) {
    try {
      return ReadFile(name, descriptor);
    } catch (const Refused& refused) {
      problems_.insert(problems_.end(), refused.problems().begin(), refused.problems().end());
      return {.name = name, .bytes = {}};
    }
  }
  [[nodiscard]] const std::vector<std::string>& problems() const noexcept { return problems_; }

 private:
  std::vector<std::string> problems_;
};

handshake::TicketSettings SettingsOf(const config::Tickets& tickets) {
  return {.rotate = std::chrono::duration_cast<std::chrono::seconds>(tickets.rotate),
          .keep = tickets.keep,
          .keys = {}};
}

}  // namespace

File ReadFile(const std::string& name, int descriptor) {
  File file{.name = name, .bytes = {}};
  if (descriptor < 0) return file;
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) Refuse(name, ErrnoText(errno));
  if (!S_ISREG(status.st_mode)) Refuse(name, "is no file: check that it is the right one");
  if (static_cast<std::size_t>(status.st_size) > kLargestFile) {
    Refuse(name, "has more than 1 MiB: check that it is the right one");
  }
  // Once of the right size: a string that grows leaves keys behind in the heap.
  file.bytes.resize(static_cast<std::size_t>(status.st_size));
  std::size_t done = 0;
  while (done < file.bytes.size()) {
    const ssize_t got = ::pread(descriptor, file.bytes.data() + done, file.bytes.size() - done,
                                static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) Refuse(name, fmt::format("cannot be read: {}", ErrnoText(errno)));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  file.bytes.resize(done);
  return file;
}

handshake::Settings SettingsOf(const Listener& listener) {
  const config::Tls& tls = listener.tls;
  const Files& files = listener.files;
  Reader reader;
  handshake::Settings settings;
  for (std::size_t i = 0; i < tls.certificates.size(); ++i) {
    const config::Certificate& names = tls.certificates[i];
    const Files::Certificate& open = files.certificates.at(i);
    settings.certificates.push_back(
        {.certificate = reader.Read(names.certificate, open.certificate),
         .key = reader.Read(names.key, open.key),
         .ocsp = reader.Read(names.ocsp.value_or(""), open.ocsp)});
  }
  settings.min_version =
      tls.min_version == config::Tls::Version::tls13 ? tls::Version::tls13 : tls::Version::tls12;
  settings.groups = tls.groups;
  settings.unknown_host = tls.unknown_host == config::Tls::UnknownHost::reject
                              ? handshake::UnknownHost::reject
                              : handshake::UnknownHost::default_certificate;
  settings.tickets.reset();
  if (tls.tickets) {
    settings.tickets = SettingsOf(*tls.tickets);
    settings.tickets->keys = reader.Read(tls.tickets->keys.value_or(""), files.ticket_keys);
  }
  if (tls.client_certificates) {
    const config::ClientCertificates& clients = *tls.client_certificates;
    settings.client_certificates = {.authorities = reader.Read(clients.ca, files.ca),
                                    .is_required = clients.require,
                                    .depth = clients.depth,
                                    .revoked = reader.Read(clients.crl.value_or(""), files.crl)};
  }
  settings.protocols = listener.protocols;
  if (reader.problems().empty()) return settings;
  Wipe(settings);
  throw Refused(reader.problems());
}

std::optional<handshake::TicketSettings> RotationOf(const Listener& listener) {
  if (!listener.tls.tickets || listener.tls.tickets->keys) return std::nullopt;
  return SettingsOf(*listener.tls.tickets);
}

void Wipe(handshake::Settings& settings) noexcept {
  for (handshake::CertificateFiles& each : settings.certificates) Wipe(each.key);
  if (settings.tickets) Wipe(settings.tickets->keys);
}

}  // namespace tined::handshaker

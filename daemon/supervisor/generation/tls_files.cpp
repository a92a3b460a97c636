#include "supervisor/generation/tls_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"

namespace tined::supervisor {
namespace {

struct stat StatusOf(int file) {
  struct stat status {};
  (void)::fstat(file, &status);
  return status;
}

bool IsSame(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

/// What is spoken on a listener, as ALPN has it (RFC 7301, 6; RFC 9113, 3.1).
std::vector<std::string> NamesOf(const config::Listener& listener) {
  std::vector<std::string> names;
  if (listener.stream) return names;
  for (const config::HttpVersion version : listener.protocols) {
    names.emplace_back(version == config::HttpVersion::http2 ? "h2" : "http/1.1");
  }
  return names;
}

}  // namespace

TlsFiles::TlsFiles(const config::Config& config, const local_path::Strangers& strangers,
                   KeyLogs key_logs)
    : strangers_(strangers) {
  std::vector<config::Problem> problems;
  for (const config::Listener& listener : config.listeners) {
    if (listener.tls) Add(*listener.tls, key_logs, problems);
  }
  if (!problems.empty()) throw config::ConfigError(std::move(problems));
}

void TlsFiles::Add(const config::Tls& tls, KeyLogs key_logs,
                   std::vector<config::Problem>& problems) {
  const auto open = [&](const std::optional<std::string>& path, const config::Position& where) {
    return path ? Open(*path, where, problems) : -1;
  };
  handshaker::Files& files = files_.emplace_back();
  for (const config::Certificate& each : tls.certificates) {
    files.certificates.push_back({open(each.certificate, each.where), open(each.key, each.where),
                                  open(each.ocsp, each.where)});
    const int ocsp = files.certificates.back().ocsp;
    if (ocsp >= 0) {
      ocsp_.push_back({*each.ocsp, certificates_, files_.size() - 1, files.certificates.size() - 1,
                       StatusOf(ocsp)});
    }
    ++certificates_;
  }
  if (tls.tickets) files.ticket_keys = open(tls.tickets->keys, tls.tickets->where);
  if (const auto& clients = tls.client_certificates) {
    files.ca = open(clients->ca, clients->where);
    files.crl = open(clients->crl, clients->where);
  }
  if (tls.key_log && key_logs == KeyLogs::open) {
    files.key_log = OpenKeyLog(tls, problems);
  }
}

int TlsFiles::Open(const std::string& path, const config::Position& where,
                   std::vector<config::Problem>& problems) {
  try {
    return open_.emplace_back(local_path::OpenToRead(path, strangers_)).get();
  } catch (const std::system_error& error) {
    problems.push_back({where, fmt::format("{} cannot be read: {}", config::Quoted(path),
                                           ErrnoText(error.code().value()))});
  } catch (const std::runtime_error& error) {
    problems.push_back({where, error.what()});
  }
  return -1;
}

int TlsFiles::OpenKeyLog(const config::Tls& tls, std::vector<config::Problem>& problems) {
  try {
    Descriptor file = local_path::OpenLog(*tls.key_log, strangers_);
    log::Warning(
        "the secrets of all TLS sessions are written to a file: whoever has it can read "
        "what was recorded; remove `key_log` when you have found what you look for",
        {{"key_log", *tls.key_log}});
    return open_.emplace_back(std::move(file)).get();
  } catch (const std::exception& error) {
    problems.push_back({tls.where, fmt::format("cannot open the key log {}", error.what())});
    return -1;
  }
}

std::vector<TlsFiles::Staple> TlsFiles::OpenChangedStaples() {
  std::vector<Staple> changed;
  for (Ocsp& ocsp : ocsp_) {
    struct stat status {};
    if (::stat(ocsp.path.c_str(), &status) != 0 || IsSame(status, ocsp.status)) continue;
    std::vector<config::Problem> problems;
    const int file = Open(ocsp.path, {}, problems);
    if (file < 0) continue;  // Whoever writes it is not done yet.
    Close(std::exchange(files_[ocsp.listener].certificates[ocsp.place].ocsp, file));
    ocsp.status = StatusOf(file);
    changed.push_back({ocsp.certificate, file});
  }
  return changed;
}

void TlsFiles::Close(int file) {
  std::erase_if(open_, [&](const Descriptor& each) { return each.get() == file; });
}

void TlsFiles::Keep(std::size_t place, Descriptor copy) {
  if (!handshaker::IsSealed(copy.get())) return;
  for (handshaker::Files& files : files_) {
    const std::vector<int*> all = handshaker::CopiedFiles(files);
    if (place < all.size()) {
      if (*all[place] < 0) return;
      Close(std::exchange(*all[place], copy.get()));
      open_.push_back(std::move(copy));
      return;
    }
    place -= all.size();
  }
}

std::vector<handshaker::Listener> TlsFiles::Listeners(const config::Config& config,
                                                      const OpenSockets& sockets) const {
  std::vector<handshaker::Listener> listeners;
  for (const config::Listener& listener : config.listeners) {
    if (!listener.tls) continue;
    handshaker::Listener& each = listeners.emplace_back();
    each.name = listener.name;
    each.protocols = NamesOf(listener);
    each.tls = *listener.tls;
    each.files = files_.at(listeners.size() - 1);
    for (const OpenSocket& open : sockets) {
      if (open.listener != &listener) continue;
      each.sockets.push_back({open.socket->descriptor(), open.socket->id()});
    }
  }
  return listeners;
}

}  // namespace tined::supervisor

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <variant>

#include "base/error.hpp"
#include "config/loader.hpp"
#include "config/users_file.hpp"

namespace tined::config {
namespace {

/// 0, or the errno that says why `path` is no directory that can be entered and, with R_OK in
/// `mode`, read.
int DirectoryError(const std::string& path, int mode) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return errno;
  if (!S_ISDIR(status.st_mode)) return ENOTDIR;
  return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0 ? 0 : errno;
}

/// 0, or the errno that says why `path` is no file that can be run.
int ProgramError(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return S_ISDIR(status.st_mode) ? EISDIR : EACCES;
  return ::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

/// 0, or the errno that says why `path` is no file that can be read.
int FileError(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
  return ::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) == 0 ? 0 : errno;
}

std::string DirectoryOf(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path().native();
  return directory.empty() ? "." : directory;
}

class SystemCheck {
 public:
  explicit SystemCheck(const Config& config) : config_(config) {}

  std::vector<Problem> Run() {
    Accounts();
    if (config_.access_log) {
      const AccessLog& log = *config_.access_log;
      Beside(log.path, "the access log", log.where);
    }
    // The supervisor makes the default's directory itself.
    if (!config_.control.empty() && config_.control != DefaultControlPath()) {
      Beside(config_.control, "the control socket", config_.control_where);
    }
    for (const Listener& listener : config_.listeners) Check(listener);
    for (const BasicAuth* const basic : BasicAuthsOf(config_)) Check(*basic);
    return std::move(problems_);
  }

 private:
  /// Only root can become somebody else; for all others the accounts mean nothing.
  void Accounts() {
    if (::geteuid() != 0) return;
    const std::string& user = config_.user;
    const std::string& group = config_.group;
    if (user.empty()) {
      Add(config_.user_where,
          "started as root, and `user` does not say whom the workers run as: modules, programs and "
          "whatever a client makes of a fault would run as root; set `user` to an account of their "
          "own, or write `user: root` if that is meant");
    }
    if (!user.empty() && ::getpwnam(user.c_str()) == nullptr) {
      Add(config_.user_where, fmt::format("there is no user {0}; create it (useradd --system {1})",
                                          Quoted(user), user));
    }
    if (!group.empty() && ::getgrnam(group.c_str()) == nullptr) {
      Add(config_.group_where, fmt::format("there is no group {}; create it (groupadd --system {})",
                                           Quoted(group), group));
    }
  }

  void Check(const Listener& listener) {
    if (listener.address.kind == Address::Kind::unix_path) {
      Beside(listener.address.name, "the socket", listener.where);
    }
    if (listener.tls) Check(*listener.tls);
    Check(listener.answers);
    for (const Route& route : listener.routes) {
      Check(route.answers);
      if (const auto* const files = std::get_if<Static>(&route.handler)) Check(*files);
      if (const auto* const program = std::get_if<Program>(&route.handler)) Check(*program);
      if (const auto* const fastcgi = std::get_if<FastCgi>(&route.handler)) Check(*fastcgi);
    }
  }

  void Check(const Tls& tls) {
    for (const Certificate& each : tls.certificates) {
      Readable(each.certificate, "the certificate", each.where);
      Readable(each.key, "the private key", each.where);
      if (each.ocsp) Readable(*each.ocsp, "the OCSP answer", each.where);
    }
    if (tls.tickets && tls.tickets->keys) {
      Readable(*tls.tickets->keys, "the file of ticket keys", tls.tickets->where);
    }
    if (const auto& clients = tls.client_certificates) {
      Readable(clients->ca, "the file of authorities", clients->where);
      if (clients->crl) Readable(*clients->crl, "the revocation list", clients->where);
    }
    if (tls.key_log) Beside(*tls.key_log, "the key log", tls.where);
  }

  void Readable(const std::string& path, std::string_view what, const Position& where) {
    const int error = FileError(path);
    if (error == 0) return;
    Add(where, fmt::format("{} {} cannot be read: {}", what, Quoted(path), ErrnoText(error)));
  }

  void Check(const AnswerRules& answers) {
    if (!answers.errors) return;
    for (const Setting& page : answers.errors->pages.items) {
      if (const int error = FileError(page.text); error != 0) {
        Add(answers.errors->where,
            fmt::format("the page {} cannot be read: {}", Quoted(page.text), ErrnoText(error)));
      }
    }
  }

  void Check(const BasicAuth& basic) {
    if (const int error = FileError(basic.users); error != 0) {
      return Add(basic.where, fmt::format("the file of users {} cannot be read: {}",
                                          Quoted(basic.users), ErrnoText(error)));
    }
    for (Problem& problem : ReadUsers(basic.users).problems)
      problems_.push_back(std::move(problem));
  }

  void Check(const Static& files) {
    const int error = DirectoryError(files.root, R_OK | X_OK);
    if (error == 0) return;
    Add(files.where, fmt::format("{} cannot be served: {}", Quoted(files.root), ErrnoText(error)));
  }

  void Check(const FastCgi& fastcgi) {
    const int error = fastcgi.root ? DirectoryError(*fastcgi.root, R_OK | X_OK) : 0;
    if (error == 0) return;
    Add(fastcgi.where,
        fmt::format("{} cannot be served: {}", Quoted(*fastcgi.root), ErrnoText(error)));
  }

  void Check(const Program& program) {
    const std::string& path = program.file ? *program.file : *program.root;
    const int error = program.file ? ProgramError(path) : DirectoryError(path, X_OK);
    if (error == 0) return;
    Add(program.where,
        fmt::format("{} cannot be {}: {}", Quoted(path),
                    program.file ? "run" : "a directory of programs", ErrnoText(error)));
  }

  /// `path` will be made: its directory has to be there, and no directory in its place.
  void Beside(const std::string& path, std::string_view what, const Position& where) {
    const std::string directory = DirectoryOf(path);
    if (const int error = DirectoryError(directory, X_OK)) {
      Add(where,
          fmt::format("{} cannot be made in {}: {}", what, Quoted(directory), ErrnoText(error)));
    } else if (DirectoryError(path, F_OK) == 0) {
      Add(where, fmt::format("{} cannot be {}: it is a directory", what, Quoted(path)));
    }
  }

  void Add(const Position& where, std::string text) {
    problems_.push_back({where, std::move(text)});
  }

  const Config& config_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> CheckSystem(const Config& config) { return SystemCheck(config).Run(); }

std::vector<Problem> Cautions(const Config& config) {
  std::vector<Problem> cautions;
  for (const BasicAuth* const basic : BasicAuthsOf(config)) {
    const std::uint32_t mode = StateOf(basic->users).mode;
    if ((mode & (S_IROTH | S_IWOTH)) == 0) continue;
    cautions.push_back(
        {basic->where,
         fmt::format("the file of users {} can be {} by everybody on this machine: it is for the "
                     "workers' user or group alone (chmod o= {})",
                     Quoted(basic->users), (mode & S_IWOTH) != 0 ? "written" : "read",
                     basic->users)});
  }
  return cautions;
}

}  // namespace tined::config

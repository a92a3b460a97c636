#include "config/users_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "base/characters.hpp"
#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "base/number.hpp"

namespace tined::config {
namespace {

constexpr std::size_t kLargestFile = std::size_t{16} << 20;
/// Each of them doubles the time: 16 is seconds for one password.
constexpr int kLeastCost = 4;
constexpr int kMostCost = 16;
constexpr std::uint64_t kMostRounds = 20'000'000;
constexpr std::string_view kRemedy = "write it anew, with htpasswd -B for one";

bool IsOfHash(char c) noexcept { return IsLetterOrDigit(c) || c == '.' || c == '/'; }
bool IsAllHash(std::string_view text, std::size_t size) noexcept {
  return text.size() == size && std::all_of(text.begin(), text.end(), IsOfHash);
}

/// Takes what stands before the next dollar sign off the front, and that with it.
std::string_view TakePart(std::string_view& text) noexcept {
  const std::size_t end = std::min(text.find('$'), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

/// What follows "$2y$".
std::string BcryptFault(std::string_view rest) {
  const std::string_view cost_text = TakePart(rest);
  const auto cost = ParseNumber<int>(cost_text);
  if (cost_text.size() != 2 || !cost || *cost < kLeastCost || *cost > kMostCost) {
    return fmt::format("a bcrypt hash has a cost of {:02} to {}, not {}", kLeastCost, kMostCost,
                       Quoted(cost_text));
  }
  return IsAllHash(rest, 53) ? "" : "a bcrypt hash has 53 characters behind its cost";
}

/// What follows "$6$" or "$5$", with so many characters at its end.
std::string ShaFault(std::string_view rest, std::size_t size) {
  constexpr std::string_view kRounds = "rounds=";
  if (rest.starts_with(kRounds)) {
    const auto rounds = ParseNumber<std::uint64_t>(TakePart(rest).substr(kRounds.size()));
    if (!rounds || *rounds < 1000 || *rounds > kMostRounds) {
      return fmt::format("a SHA-crypt hash has 1000 to {} rounds", kMostRounds);
    }
  }
  const std::string_view salt = TakePart(rest);
  const bool is_good = !salt.empty() && salt.size() <= 16 && IsAllHash(rest, size);
  return is_good ? "" : fmt::format("a hash of its kind has {} characters behind its salt", size);
}

/// What follows "$y$".
std::string YescryptFault(std::string_view rest) {
  const std::string_view parameters = TakePart(rest);
  const std::string_view salt = TakePart(rest);
  const bool is_good = !parameters.empty() && IsAllHash(parameters, parameters.size()) &&
                       !salt.empty() && IsAllHash(salt, salt.size()) && IsAllHash(rest, 43);
  return is_good ? "" : "a yescrypt hash has parameters, a salt and 43 characters";
}

std::string HashFault(std::string_view hash) {
  for (const std::string_view bcrypt : {"$2y$", "$2b$", "$2a$"}) {
    if (hash.starts_with(bcrypt)) return BcryptFault(hash.substr(bcrypt.size()));
  }
  if (hash.starts_with("$6$")) return ShaFault(hash.substr(3), 86);
  if (hash.starts_with("$5$")) return ShaFault(hash.substr(3), 43);
  if (hash.starts_with("$y$")) return YescryptFault(hash.substr(3));
  if (hash.empty()) return "there is no hash behind the colon";
  if (hash.starts_with("$apr1$") || hash.starts_with("$1$")) {
    return fmt::format("an MD5 hash is guessed in no time: {}", kRemedy);
  }
  if (hash.starts_with("{SHA}") || hash.starts_with("{SSHA}")) {
    return fmt::format("a SHA-1 hash is guessed in no time: {}", kRemedy);
  }
  return fmt::format("no hash of bcrypt ($2y$), yescrypt ($y$) or SHA-crypt ($6$, $5$): {}",
                     kRemedy);
}

std::string NameFault(std::string_view name) {
  if (name.empty()) return "there is no name before the colon";
  const bool has_control = std::any_of(name.begin(), name.end(), IsControl);
  return has_control ? "the name has a control character in it" : "";
}

class LineReader {
 public:
  LineReader(const std::string& file, UsersReading& reading) : file_(file), reading_(reading) {}

  void Read(std::string_view line) {
    ++number_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) return;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return Refuse(0, "there is no colon: name:hash");
    const std::string_view name = line.substr(0, colon);
    std::string_view hash = line.substr(colon + 1);
    hash = hash.substr(0, hash.find(':'));
    if (std::string fault = NameFault(name); !fault.empty()) return Refuse(0, std::move(fault));
    if (std::string fault = HashFault(hash); !fault.empty()) {
      return Refuse(colon + 1, std::move(fault));
    }
    reading_.users.push_back({std::string(name), std::string(hash), number_});
  }

 private:
  void Refuse(std::size_t at, std::string text) {
    reading_.problems.push_back({{file_, number_, static_cast<int>(at) + 1}, std::move(text)});
  }

  const std::string& file_;
  UsersReading& reading_;
  int number_ = 0;
};

void Sort(UsersReading& reading, const std::string& file) {
  std::vector<User>& users = reading.users;
  std::stable_sort(users.begin(), users.end(),
                   [](const User& a, const User& b) { return a.name < b.name; });
  for (std::size_t i = 1; i < users.size(); ++i) {
    if (users[i].name != users[i - 1].name) continue;
    reading.problems.push_back(
        {{file, users[i].line, 1},
         fmt::format("{} is there already, in line {}", Quoted(users[i].name), users[i - 1].line)});
  }
}

UsersReading Unreadable(const std::string& path, std::string_view why) {
  return {{}, {{{path, 0, 0}, fmt::format("the file of users cannot be read: {}", why)}}};
}

std::int64_t Nanoseconds(const timespec& time) noexcept {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// Nothing, and errno: it could not be read.
std::optional<std::string> ReadWhole(int file) {
  std::string text;
  std::array<char, 64U << 10> room{};
  for (;;) {
    const ssize_t got = ::read(file, room.data(), room.size());
    if (got < 0) return std::nullopt;
    if (got == 0) return text;
    text.append(room.data(), static_cast<std::size_t>(got));
    if (text.size() <= kLargestFile) continue;
    errno = EFBIG;
    return std::nullopt;
  }
}

}  // namespace

const User* FindUser(const std::vector<User>& users, std::string_view name) noexcept {
  const auto found =
      std::lower_bound(users.begin(), users.end(), name,
                       [](const User& user, std::string_view text) { return user.name < text; });
  return found != users.end() && found->name == name ? &*found : nullptr;
}

UsersReading ParseUsers(std::string_view text, const std::string& file) {
  UsersReading reading;
  LineReader lines(file, reading);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.Read(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  Sort(reading, file);
  return reading;
}

FileState StateOf(const std::string& path) noexcept {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_dev,
          status.st_ino,
          status.st_size,
          Nanoseconds(status.st_mtim),
          Nanoseconds(status.st_ctim),
          status.st_mode};
}

UsersReading ReadUsers(const std::string& path) {
  // One that is no file might keep its reader waiting.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return Unreadable(path, ErrnoText(errno));
  if (!S_ISREG(status.st_mode)) return Unreadable(path, "it is no regular file");
  const std::optional<std::string> text = ReadWhole(file.get());
  return text ? ParseUsers(*text, path) : Unreadable(path, ErrnoText(errno));
}

}  // namespace tined::config

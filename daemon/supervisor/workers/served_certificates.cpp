#include "supervisor/workers/served_certificates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "base/log.hpp"
#include "supervisor/workers/handshaker_words.hpp"

namespace tined::supervisor {
namespace {

/// When certificates that expire soon are told of, and how often.
constexpr std::int64_t kSoon = std::int64_t{14} * 86'400;
constexpr Duration kWarnInterval = std::chrono::hours(24);

std::string DateOf(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm date{};
  if (::gmtime_r(&time, &date) == nullptr) return "?";
  return fmt::format("{:04}-{:02}-{:02}", date.tm_year + 1900, date.tm_mon + 1, date.tm_mday);
}

}  // namespace

std::vector<ServedCertificate> CertificatesOn(const shared::HandshakerBoard& board,
                                              const config::Config& config) {
  std::vector<ServedCertificate> certificates;
  const std::size_t count =
      std::min<std::size_t>(board.certificate_count.load(), board.kMostCertificates);
  for (std::size_t i = 0; i < count; ++i) {
    const shared::HandshakerBoard::Certificate each = board.certificates[i];
    const config::Listener* const listener = TlsListener(config, each.listener);
    if (listener == nullptr) continue;
    certificates.push_back(
        {listener->name, Shown({each.names.data(), each.names.size()}), each.expires});
  }
  return certificates;
}

void Tell(const std::vector<ServedCertificate>& certificates) {
  for (const ServedCertificate& each : certificates) {
    log::Info(
        "certificate",
        {{"listener", each.listener}, {"names", each.names}, {"expires", DateOf(each.expires)}});
  }
}

bool ExpiryWarnings::IsDue(TimePoint now) const noexcept { return now - warned_ >= kWarnInterval; }

void ExpiryWarnings::Warn(const std::vector<ServedCertificate>& certificates, TimePoint now) {
  warned_ = now;
  const std::int64_t today = std::time(nullptr);
  for (const ServedCertificate& each : certificates) {
    if (each.expires - today > kSoon) continue;
    log::Warning(
        each.expires <= today ? "a certificate has expired" : "a certificate expires soon",
        {{"listener", each.listener}, {"names", each.names}, {"expires", DateOf(each.expires)}});
  }
}

}  // namespace tined::supervisor

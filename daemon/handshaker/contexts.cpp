#include "handshaker/contexts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "base/log.hpp"
#include "handshaker/settings.hpp"

namespace tined::handshaker {
namespace {

using handshake::TicketKeys;

/// Adds a line to a file, in one piece: siblings write to it, too.
void Append(int file, std::string_view line) {
  const std::string whole = fmt::format("{}\n", line);
  (void)!::write(file, whole.data(), whole.size());
}

handshake::TicketSettings RotationOfAll(const Start& start) {
  std::vector<handshake::TicketSettings> all;
  for (const Listener& listener : start.listeners) {
    if (auto rotation = RotationOf(listener)) all.push_back(std::move(*rotation));
  }
  std::vector<const handshake::TicketSettings*> pointers;
  pointers.reserve(all.size());
  for (const handshake::TicketSettings& each : all) pointers.push_back(&each);
  return InCommon(pointers);
}

}  // namespace

Contexts::Contexts(const Start& start, shared::KeyRing* ring) : start_(start) {
  for (std::size_t i = 0; i < start.listeners.size(); ++i) Add(i, ring);
}

void Contexts::Add(std::size_t listener, shared::KeyRing* ring) {
  std::unique_ptr<handshake::Context>& context = contexts_.emplace_back();
  const Listener& settings_of = start_.listeners[listener];
  try {
    handshake::Settings settings = SettingsOf(settings_of);
    struct Wiped {
      handshake::Settings& settings;
      ~Wiped() { Wipe(settings); }
    } const wiped{settings};
    TicketKeys keys = KeysFor(settings, ring);
    context = std::make_unique<handshake::Context>(settings, keys, WallClock::now());
    ::explicit_bzero(&keys, sizeof keys);
  } catch (const handshake::Refused& refused) {
    for (const std::string& problem : refused.problems()) {
      problems_.push_back({static_cast<std::uint32_t>(listener), problem});
    }
    return;
  }
  if (const int log = settings_of.files.key_log; log >= 0) {
    context->SetKeyLog([log](std::string_view line) { Append(log, line); });
  }
}

TicketKeys Contexts::KeysFor(const handshake::Settings& settings, shared::KeyRing* ring) {
  if (!settings.tickets) return {};
  const handshake::File& file = settings.tickets->keys;
  // A file that is empty by mistake is not one that was never named: it is refused.
  if (!file.name.empty()) return file.is_empty() ? handshake::ReadTicketKeys(file) : TicketKeys();
  if (ring == nullptr) return handshake::MakeTicketKeys(WallClock::now());
  if (!tickets_) tickets_.emplace(*ring, RotationOfAll(start_));
  return tickets_->keys();
}

void Contexts::Tell(shared::HandshakerBoard& board) const noexcept {
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < contexts_.size(); ++i) {
    for (const handshake::Certificate& each : contexts_[i]->certificates()) {
      if (count == board.certificates.size()) break;
      auto& told = board.certificates[count++];
      const std::string names = fmt::format("{}", fmt::join(each.facts().names, ", "));
      told.listener = static_cast<std::uint32_t>(i);
      told.expires = WallClock::to_time_t(each.facts().expires);
      told.names.fill('\0');
      names.copy(told.names.data(), told.names.size() - 1);
    }
  }
  board.certificate_count.store(count, std::memory_order_release);
}

void Contexts::Warn() const {
  for (std::size_t i = 0; i < contexts_.size(); ++i) {
    const Listener& listener = start_.listeners[i];
    for (const std::string& warning : contexts_[i]->Warnings()) {
      log::Warning("a certificate is doubtful", {{"listener", listener.name}, {"reason", warning}});
    }
    if (listener.files.key_log < 0) continue;
    log::Warning(
        "THE SECRETS OF ALL TLS SESSIONS ARE WRITTEN TO A FILE: whoever has it can read them all",
        {{"listener", listener.name}, {"file", listener.tls.key_log.value_or("")}});
  }
}

void Contexts::Refresh() noexcept {
  if (!tickets_ || !tickets_->Refresh(WallClock::now(), Clock::now())) return;
  for (std::size_t i = 0; i < contexts_.size(); ++i) {
    if (RotationOf(start_.listeners[i])) contexts_[i]->SetTicketKeys(tickets_->keys());
  }
}

void Contexts::SetStaple(std::uint32_t certificate, Descriptor file) noexcept {
  try {
    ReplaceStaple(certificate, file);
  } catch (const std::exception& error) {
    log::Warning("an OCSP answer cannot be used, the one before stays", {{"reason", error.what()}});
  }
}

void Contexts::ReplaceStaple(std::uint32_t certificate, const Descriptor& file) {
  std::size_t place = certificate;
  for (std::size_t i = 0; i < contexts_.size(); ++i) {
    const std::vector<config::Certificate>& names = start_.listeners[i].tls.certificates;
    if (place < names.size()) {
      return contexts_[i]->SetStaple(place,
                                     ReadFile(names[place].ocsp.value_or("OCSP"), file.get()));
    }
    place -= names.size();
  }
}

}  // namespace tined::handshaker

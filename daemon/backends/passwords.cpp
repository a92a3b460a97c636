#include "backends/passwords.hpp"

#include <string.h>

#include <utility>

#include "backends/password_hash.hpp"
#include "base/log.hpp"
#include "base/seldom.hpp"

namespace tined::backends {

/// A computation, and those who wait for it. It has all the time that it takes.
class Passwords::Check final : public Job {
 public:
  Check(Passwords& owner, const Question& question, const Proof& of)
      : proof(of),
        owner_(owner),
        password_(question.password),
        hash_(question.hash.text),
        is_of_user_(question.hash.is_of_user) {}
  ~Check() override { ::explicit_bzero(password_.data(), password_.size()); }

  void Run() noexcept override {
    const bool fits = IsPasswordOf(hash_, password_);
    is_right = fits && is_of_user_;
  }
  void Finish() noexcept override { owner_.OnFinished(*this); }

  const Proof proof;
  std::vector<std::weak_ptr<Asker>> askers;
  std::size_t kept = 0;  ///< bytes that they keep
  std::optional<bool> is_right;

 private:
  Passwords& owner_;
  std::string password_;
  const std::string hash_;
  const bool is_of_user_;
};

std::shared_ptr<Users> Passwords::UsersOf(const std::string& path) {
  std::shared_ptr<Users>& users = users_[path];
  if (!users) users = std::make_shared<Users>(path, now());
  return users;
}

/// What nobody can find another question for: the hash is part of it, so that what was known of a
/// password ends when the file has another one.
Passwords::Proof Passwords::ProofOf(const Question& question) const noexcept {
  std::string text = std::to_string(question.name.size());
  text.append(question.hash.is_of_user ? "+" : "-").append(question.name);
  text.append(question.hash.text).append(question.password);
  const Proof proof{Digest(text, first_key_), Digest(text, second_key_)};
  ::explicit_bzero(text.data(), text.size());
  return proof;
}

bool Passwords::Remembers(const Memory& memory, const Proof& proof) const noexcept {
  const auto found = memory.until.find(proof);
  return found != memory.until.end() && now() < found->second;
}

std::optional<bool> Passwords::Known(const Question& question) const noexcept {
  const Proof proof = ProofOf(question);
  if (Remembers(right_, proof)) return true;
  return Remembers(wrong_, proof) ? std::optional(false) : std::nullopt;
}

void Passwords::Remember(Memory& memory, const Proof& proof, Duration time) {
  if (memory.until.insert_or_assign(proof, now() + time).second) memory.order.push_back(proof);
  if (memory.order.size() <= kMostRemembered) return;
  memory.until.erase(memory.order.front());
  memory.order.pop_front();
}

bool Passwords::Ask(const Question& question, std::weak_ptr<Asker> asker, std::size_t bytes) {
  const Proof proof = ProofOf(question);
  const auto known = checks_.find(proof);
  const bool is_new = known == checks_.end();
  if (asking_ >= kMostAsking || kept_ + bytes > kMostKept ||
      (is_new && waiting_.size() >= kMostWaiting)) {
    static log::Seldom too_many;
    too_many.Warning("more passwords wait to be checked than may: who asks is turned away (503)",
                     {{"waiting", waiting_.size()}, {"asking", asking_}});
    return false;
  }
  const auto check = is_new ? std::make_shared<Check>(*this, question, proof) : known->second;
  check->askers.push_back(std::move(asker));
  check->kept += bytes;
  ++asking_;
  kept_ += bytes;
  if (!is_new) return true;
  checks_.emplace(proof, check);
  waiting_.push_back(check);
  StartMore();
  return true;
}

void Passwords::StartMore() {
  while (at_work_ < kMostAtOnce && !waiting_.empty()) {
    const std::shared_ptr<Check> next = std::move(waiting_.front());
    waiting_.pop_front();
    ++at_work_;
    if (threads_.PostNext(next)) continue;
    --at_work_;
    End(*next);
  }
}

void Passwords::OnFinished(Check& check) noexcept {
  --at_work_;
  const bool is_right = check.is_right.value_or(false);
  Remember(is_right ? right_ : wrong_, check.proof, is_right ? kRightFor : kWrongFor);
  End(check);
  StartMore();
}

void Passwords::End(Check& check) noexcept {
  const auto found = checks_.find(check.proof);
  const std::shared_ptr<Check> stays = found->second;
  checks_.erase(found);
  asking_ -= check.askers.size();
  kept_ -= check.kept;
  for (const std::weak_ptr<Asker>& each : check.askers) {
    if (const std::shared_ptr<Asker> asker = each.lock()) asker->OnChecked(check.is_right);
  }
}

}  // namespace tined::backends

#include "exchange/admission.hpp"

namespace tined::exchange {

std::unique_ptr<Admission> Admission::Make(const config::AdmissionRules& general,
                                           const config::AdmissionRules& own) {
  if (!general.access && !own.access) return nullptr;
  return std::make_unique<Admission>(general, own);
}

Admission::Admission(const config::AdmissionRules& general, const config::AdmissionRules& own) {
  const auto& access = own.access ? own.access : general.access;
  if (access) access_.emplace(*access);
}

bool Admission::MayAdmit(const http::Request& request) const noexcept {
  return !access_ || (request.peer != nullptr && access_->Allows(*request.peer));
}

bool Admission::Admit(answer::Exchange& exchange) const {
  if (MayAdmit(exchange.request)) return true;
  answer::AnswerStatus(exchange, 403);
  return false;
}

}  // namespace tined::exchange

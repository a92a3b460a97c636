#include "handshake/staple.hpp"

#include <fmt/format.h>
#include <openssl/ocsp.h>

#include "handshake/x509.hpp"

namespace tined::handshake {
namespace {

using ResponsePointer = std::unique_ptr<OCSP_RESPONSE, FreedBy<OCSP_RESPONSE_free>>;
using BasicPointer = std::unique_ptr<OCSP_BASICRESP, FreedBy<OCSP_BASICRESP_free>>;

BasicPointer Read(const File& file) {
  const auto* at = reinterpret_cast<const unsigned char*>(file.bytes.data());
  const ResponsePointer response(
      d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(file.bytes.size())));
  ForgetErrors();
  if (!response) {
    RefuseFile(file, "is no OCSP answer (DER): get one with `openssl ocsp -respout FILE`");
  }
  const int status = OCSP_response_status(response.get());
  if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
    RefuseFile(file, fmt::format("is an OCSP responder's refusal ({}): ask it again",
                                 OCSP_response_status_str(status)));
  }
  BasicPointer basic(OCSP_response_get1_basic(response.get()));
  ForgetErrors();
  if (!basic) RefuseFile(file, "is no basic OCSP answer: ask another responder");
  return basic;
}

/// What it says of the certificate, or null.
OCSP_SINGLERESP* Find(OCSP_BASICRESP* basic, const X509* certificate) {
  for (int i = 0; i < OCSP_resp_count(basic); ++i) {
    OCSP_SINGLERESP* const single = OCSP_resp_get0(basic, i);
    ASN1_INTEGER* serial = nullptr;
    OCSP_id_get0_info(nullptr, nullptr, nullptr, &serial,
                      const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single)));
    if (ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(certificate)) == 0) return single;
  }
  return nullptr;
}

}  // namespace

Staple::Staple(const File& file, const X509* certificate) {
  const BasicPointer basic = Read(file);
  OCSP_SINGLERESP* const single = Find(basic.get(), certificate);
  if (single == nullptr) {
    RefuseFile(file, fmt::format("is an OCSP answer about another certificate than number {}",
                                 SerialText(certificate)));
  }
  ASN1_GENERALIZEDTIME* begins = nullptr;
  ASN1_GENERALIZEDTIME* ends = nullptr;
  if (OCSP_single_get0_status(single, nullptr, nullptr, &begins, &ends) != V_OCSP_CERTSTATUS_GOOD) {
    RefuseFile(file, "says that the certificate is revoked or not known: get another certificate");
  }
  bytes_ = file.bytes;
  begins_ = TimeOf(begins);
  if (ends != nullptr) ends_ = TimeOf(ends);
}

}  // namespace tined::handshake

# libipsec-mb (Debian: libipsec-mb-dev), where there is one: it brings neither a CMake package nor a
# pkg-config file. Without it OpenSSL alone seals records.
find_path(IPSEC_MB_INCLUDE_DIR intel-ipsec-mb.h)
find_library(IPSEC_MB_LIBRARY IPSec_MB)
mark_as_advanced(IPSEC_MB_INCLUDE_DIR IPSEC_MB_LIBRARY)
if(IPSEC_MB_INCLUDE_DIR AND IPSEC_MB_LIBRARY)
  target_include_directories(tined_tls SYSTEM PRIVATE ${IPSEC_MB_INCLUDE_DIR})
  target_compile_definitions(tined_tls PRIVATE TINED_IPSEC_MB)
  target_link_libraries(tined_tls PUBLIC ${IPSEC_MB_LIBRARY})
else()
  message(STATUS "No libipsec-mb: records of TLS are sealed by OpenSSL alone")
endif()

# tined_room(NAME DIRECTORY LINKS ... [PRECOMPILES ...]): one static library, tined_NAME, of all the
# sources in a folder and below it, but main.cpp. PRECOMPILES: headers that most of them include and
# that take long to compile; without, those of the room `base`.
function(tined_room name directory)
  cmake_parse_arguments(room "" "" "LINKS;PRECOMPILES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${directory}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  set(scope PUBLIC)
  if(sources)
    add_library(tined_${name} STATIC ${sources})
  else()
    add_library(tined_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(tined_${name} ${scope} ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/daemon)
  target_link_libraries(tined_${name} ${scope} ${room_LINKS})
  if(NOT sources)
    return()
  endif()
  # Sources of tls are few, and their names of one kind. Executors link what they need of config,
  # among which yaml-cpp is not.
  if(TINED_UNITY AND NOT name MATCHES "^(tls|config)$")
    set_target_properties(tined_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 16)
    # To g++ a source that another one includes is a header.
    target_compile_options(tined_${name} PRIVATE
                           $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage>)
  endif()
  if(room_PRECOMPILES)
    target_precompile_headers(tined_${name} PRIVATE ${room_PRECOMPILES})
  else()
    target_precompile_headers(tined_${name} REUSE_FROM tined_base)
  endif()
endfunction()

# tined_unit_tests(base ROOM...): what is below tests/unit/ROOM becomes one Boost.Test program,
# unit_ROOM. What that of `base` precompiles serves all.
function(tined_unit_tests)
  # It says first what it wants of Boost.Test.
  set_source_files_properties(${PROJECT_SOURCE_DIR}/tests/unit/main.cpp
                              PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  foreach(room IN LISTS ARGN)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/unit/${room}/*.cpp)
    if(sources)
      add_executable(unit_${room} ${PROJECT_SOURCE_DIR}/tests/unit/main.cpp ${sources})
      target_compile_definitions(unit_${room} PRIVATE BOOST_TEST_DYN_LINK
                                 TINED_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
      # What answers is looked at as it is sent.
      target_link_libraries(unit_${room} PRIVATE tined_${room} tined_protocol
                                                 Boost::unit_test_framework)
      tined_compile_fast(unit_${room})
      if(TARGET unit_base AND NOT room STREQUAL base)
        target_precompile_headers(unit_${room} REUSE_FROM unit_base)
      else()
        target_precompile_headers(unit_${room} PRIVATE <boost/test/unit_test.hpp> <fmt/format.h>
                                                       <functional> <string> <vector>)
      endif()
      # One that hangs ends, and says where.
      add_test(NAME unit_${room} COMMAND unit_${room} --log_level=test_suite)
      set_tests_properties(unit_${room} PROPERTIES TIMEOUT 120)
    endif()
  endforeach()
endfunction()

# tined_compile_fast(TARGET): a test's own code need not be fast, and takes a fraction of the time to
# compile when it is not optimised; the code under test is what it always is.
function(tined_compile_fast target)
  # FORTIFY_SOURCE needs the optimiser.
  target_compile_options(${target} PRIVATE -O0 -U_FORTIFY_SOURCE)
endfunction()

# tined_room(NAME DIRECTORY LINKS ...): one static library, tined_NAME, of all the sources in one folder
# but main.cpp.
function(tined_room name directory)
  cmake_parse_arguments(room "" "" "LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${directory}/*.cpp)
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
endfunction()

# tined_unit_tests(ROOM...): tests/unit/ROOM/*.cpp become one Boost.Test program, unit_ROOM, a room.
function(tined_unit_tests)
  foreach(room IN LISTS ARGN)
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/unit/${room}/*.cpp)
    if(sources)
      add_executable(unit_${room} ${PROJECT_SOURCE_DIR}/tests/unit/main.cpp ${sources})
      target_compile_definitions(unit_${room} PRIVATE BOOST_TEST_DYN_LINK
                                 TINED_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
      target_link_libraries(unit_${room} PRIVATE tined_${room} Boost::unit_test_framework)
      tined_compile_fast(unit_${room})
      add_test(NAME unit_${room} COMMAND unit_${room})
    endif()
  endforeach()
endfunction()

# tined_compile_fast(TARGET): a test's own code need not be fast, and takes a fraction of the time to
# compile when it is not optimised; the code under test is what it always is.
function(tined_compile_fast target)
  # FORTIFY_SOURCE needs the optimiser.
  target_compile_options(${target} PRIVATE -O0 -U_FORTIFY_SOURCE)
endfunction()

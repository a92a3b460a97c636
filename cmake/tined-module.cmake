# tined_add_module(NAME SOURCE...): builds NAME.so, a module for tined, from C or C++ sources.
# NAME is a target like any other: target_link_libraries(NAME PRIVATE ...) adds what it needs.
function(tined_add_module name)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE tined::module)
  # C++20 at least; a project that has chosen a later standard keeps it.
  if(NOT CMAKE_CXX_STANDARD)
    set_target_properties(${name} PROPERTIES CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON)
  endif()
  set_target_properties(${name} PROPERTIES PREFIX "" C_VISIBILITY_PRESET hidden
                                           CXX_VISIBILITY_PRESET hidden)
endfunction()

# find_package(tined): the target tined::module (the headers) and the function tined_add_module.
if(NOT TARGET tined::module)
  include(${CMAKE_CURRENT_LIST_DIR}/tined-targets.cmake)
endif()
include(${CMAKE_CURRENT_LIST_DIR}/tined-module.cmake)

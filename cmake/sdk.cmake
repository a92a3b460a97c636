# The module SDK: headers, the CMake package `tined` and the pkg-config file `tined`. In this build
# find_package(tined) finds the same package, so that examples/ is what a user would write.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

add_library(tined_module_sdk INTERFACE)
add_library(tined::module ALIAS tined_module_sdk)
set_target_properties(tined_module_sdk PROPERTIES EXPORT_NAME module)
target_include_directories(
  tined_module_sdk INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                             $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

set(tined_DIR ${PROJECT_BINARY_DIR}/package)
configure_file(cmake/tined-config.cmake ${tined_DIR}/tined-config.cmake COPYONLY)
configure_file(cmake/tined-module.cmake ${tined_DIR}/tined-module.cmake COPYONLY)
write_basic_package_version_file(${tined_DIR}/tined-config-version.cmake
                                 COMPATIBILITY SameMajorVersion ARCH_INDEPENDENT)
file(RELATIVE_PATH tined_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(cmake/tined.pc.in ${tined_DIR}/tined.pc @ONLY)

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/tined)
install(DIRECTORY include/tined DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT sdk)
install(TARGETS tined_module_sdk EXPORT tined COMPONENT sdk)
install(EXPORT tined NAMESPACE tined:: FILE tined-targets.cmake DESTINATION ${package_directory}
        COMPONENT sdk)
install(FILES ${tined_DIR}/tined-config.cmake ${tined_DIR}/tined-config-version.cmake
              ${tined_DIR}/tined-module.cmake
        DESTINATION ${package_directory} COMPONENT sdk)
install(FILES ${tined_DIR}/tined.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT sdk)

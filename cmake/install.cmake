# What `cmake --install` puts where: programs, units, configuration, manual pages, completions.
# Paths in installed files are those of the prefix that was configured.
include(GNUInstallDirs)

set(TINED_UNIT_DIR "lib/systemd/system" CACHE STRING "Where systemd units go")
set(TINED_SYSUSERS_DIR "lib/sysusers.d" CACHE STRING "Where systemd-sysusers reads")

install(TARGETS tined RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
install(TARGETS tined-executor tined-handshaker RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/tined)
install(TARGETS tinectl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

set(installed ${PROJECT_BINARY_DIR}/installed)
set(TINED ${CMAKE_INSTALL_FULL_SBINDIR}/tined)
set(TINECTL ${CMAKE_INSTALL_FULL_BINDIR}/tinectl)
set(CONFIG ${CMAKE_INSTALL_FULL_SYSCONFDIR}/tined)
set(SITE ${CMAKE_INSTALL_FULL_DATADIR}/tined/www)

# tined_configure(SOURCE NAME): SOURCE with the paths filled in, as installed/NAME.
function(tined_configure source name)
  configure_file(${PROJECT_SOURCE_DIR}/${source} ${installed}/${name} @ONLY)
endfunction()

file(READ ${PROJECT_SOURCE_DIR}/systemd/common.in COMMON)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
             ${PROJECT_SOURCE_DIR}/systemd/common.in ${PROJECT_SOURCE_DIR}/config/tined.yaml)
tined_configure(systemd/tined.service.in tined.service)
tined_configure(systemd/tined@.service.in tined@.service)
install(FILES ${installed}/tined.service ${installed}/tined@.service systemd/tined.socket
        DESTINATION ${TINED_UNIT_DIR})
install(FILES systemd/tined.sysusers DESTINATION ${TINED_SYSUSERS_DIR} RENAME tined.conf)
install(FILES systemd/tined.logrotate DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/logrotate.d
        RENAME tined)

# The example configuration serves the page that is installed beside it.
file(READ ${PROJECT_SOURCE_DIR}/config/tined.yaml yaml)
string(REPLACE "root: /srv/www" "root: ${SITE}" installed_yaml "${yaml}")
if(installed_yaml STREQUAL yaml)
  message(FATAL_ERROR "config/tined.yaml: no `root: /srv/www` to replace by ${SITE}")
endif()
file(WRITE ${installed}/tined.yaml "${installed_yaml}")
install(FILES ${installed}/tined.yaml DESTINATION ${CONFIG})
install(DIRECTORY DESTINATION ${CONFIG}/conf.d)
install(DIRECTORY DESTINATION ${CONFIG}/keys
        DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
install(FILES config/tined.schema.json systemd/low-ports.conf DESTINATION ${CMAKE_INSTALL_DATADIR}/tined)
install(FILES packaging/www/index.html DESTINATION ${CMAKE_INSTALL_DATADIR}/tined/www)

install(FILES completions/tined.bash RENAME tined
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES completions/tinectl.bash RENAME tinectl
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
set(TINED_ZSH_DIR "${CMAKE_INSTALL_DATADIR}/zsh/site-functions" CACHE STRING
    "Where zsh looks for completions")
install(FILES completions/_tined completions/_tinectl DESTINATION ${TINED_ZSH_DIR})
install(FILES completions/tined.fish completions/tinectl.fish
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

# Manual pages: Markdown in docs/man; tined.yaml(5) takes its keys from the configuration's schema.
find_program(GO_MD2MAN go-md2man)
find_package(Python3 COMPONENTS Interpreter)
if(GO_MD2MAN AND Python3_FOUND)
  file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/man/*.md)
  foreach(source IN LISTS pages)
    get_filename_component(page ${source} NAME_WLE)
    string(REGEX MATCH "[0-9]$" section ${page})
    add_custom_command(
      OUTPUT ${installed}/${page}
      COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/docs/man/render ${PROJECT_VERSION}
              ${PROJECT_SOURCE_DIR}/config/tined.schema.json ${GO_MD2MAN} ${source}
              ${installed}/${page}
      DEPENDS ${source} ${PROJECT_SOURCE_DIR}/docs/man/render
              ${PROJECT_SOURCE_DIR}/config/tined.schema.json
      VERBATIM)
    list(APPEND manual ${installed}/${page})
    install(FILES ${installed}/${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
  endforeach()
  add_custom_target(manual ALL DEPENDS ${manual})
else()
  message(STATUS "No go-md2man and python3: manual pages are not built")
endif()

# Warnings for our own code, as errors; generated code does not link this.
add_library(parley_warnings INTERFACE)
target_compile_options(parley_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -Wunused
  -Wnull-dereference -Wimplicit-fallthrough -Werror)
target_include_directories(parley_warnings INTERFACE ${CMAKE_SOURCE_DIR})

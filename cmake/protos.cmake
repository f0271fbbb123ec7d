# parley_proto_library(name [GRPC] PROTOS a.proto… [ROOT dir] [DEPENDS libs…])
# Generates C++ beside nothing in the source tree: into build/…/gen.
set(PARLEY_GEN_DIR ${CMAKE_BINARY_DIR}/gen)
file(MAKE_DIRECTORY ${PARLEY_GEN_DIR})

function(parley_proto_library name)
  cmake_parse_arguments(arg "GRPC" "ROOT" "PROTOS;DEPENDS" ${ARGN})
  if(NOT arg_ROOT)
    set(arg_ROOT ${CMAKE_SOURCE_DIR}/proto)
  endif()
  set(sources)
  foreach(proto ${arg_PROTOS})
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    set(outputs ${PARLEY_GEN_DIR}/${stem}.pb.cc ${PARLEY_GEN_DIR}/${stem}.pb.h)
    set(flags --cpp_out=${PARLEY_GEN_DIR})
    if(arg_GRPC)
      list(APPEND outputs ${PARLEY_GEN_DIR}/${stem}.grpc.pb.cc ${PARLEY_GEN_DIR}/${stem}.grpc.pb.h)
      list(APPEND flags --grpc_out=${PARLEY_GEN_DIR}
           --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>)
    endif()
    add_custom_command(
      OUTPUT ${outputs}
      COMMAND protobuf::protoc ${flags} -I ${arg_ROOT} ${arg_ROOT}/${proto}
      DEPENDS ${arg_ROOT}/${proto}
      COMMENT "protoc ${proto}" VERBATIM)
    list(APPEND sources ${outputs})
  endforeach()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} SYSTEM PUBLIC ${PARLEY_GEN_DIR})
  target_link_libraries(${name} PUBLIC protobuf::libprotobuf ${arg_DEPENDS})
  if(arg_GRPC)
    target_link_libraries(${name} PUBLIC gRPC::grpc++)
  endif()
endfunction()

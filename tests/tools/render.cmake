# The renderer of devices on their mats, with known truth: for the accuracy suites and for tests.
loopdock_library(loopdock_test_render
  SOURCES tools/render/camera.cc tools/render/defects.cc tools/render/face.cc
          tools/render/models.cc tools/render/plans.cc tools/render/scene.cc
  DEPS loopdock_vision_sheet loopdock_protos opencv_core opencv_imgproc opencv_imgcodecs
       opencv_calib3d)
loopdock_program(loopdock-render
  SOURCES tools/render/render_main.cc
  DEPS loopdock_test_render CLI11::CLI11 nlohmann_json::nlohmann_json)
# The pictures of docs/using/grading.md.
loopdock_program(loopdock-grading-pictures
  SOURCES tools/grading_pictures.cc
  DEPS loopdock_test_render loopdock_grading_core loopdock_vision)
add_dependencies(loopdock-grading-pictures loopdock-vision)

# Pictures by their headers, frames, what is read and how it is printed.
loopdock_test(vision_header_test LABEL unit
  SOURCES unit/vision/header_check_test.cc unit/vision/frame_test.cc unit/vision/decode_line_test.cc
  DEPS loopdock_vision loopdock_vision_lines loopdock_hostile_inputs opencv_core opencv_imgcodecs)
loopdock_test(vision_decode_test LABEL unit
  SOURCES unit/vision/bar_strips_test.cc unit/vision/data_matrix_grid_test.cc
          unit/vision/databar_text_test.cc unit/vision/decoder_test.cc unit/vision/ean_fit_test.cc unit/vision/evidence_test.cc
          unit/vision/flat_matrix_test.cc unit/vision/load_picture_test.cc unit/vision/pdf417_start_test.cc unit/vision/qr_grid_test.cc
          unit/vision/straight_bars_test.cc unit/vision/unread_test.cc
  DEPS loopdock_vision_worker loopdock_test_pictures)
loopdock_test(vision_truth_test LABEL unit
  SOURCES unit/vision/decode_truth_test.cc
  DEPS loopdock_accuracy)
loopdock_test(vision_text_test LABEL unit
  SOURCES unit/vision/printed_value_test.cc unit/vision/propose_text_test.cc
  DEPS loopdock_vision_worker loopdock_test_pictures)

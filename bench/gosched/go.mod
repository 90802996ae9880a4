module schedbench

go 1.26.0
